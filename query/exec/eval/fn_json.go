package eval

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/quindex/quindex/record"
)

// jsonFunc computes functions of JSON: a path is walked without building the
// values beside it.
func jsonFunc(s *site) (rowFunc, bool, error) {
	switch s.name {
	case "->", "json_extract_path":
		return rowFunc{text: func(dst []byte, r *row) ([]byte, error) {
			v, err := walkJSON(s, r)
			return append(dst, v...), err
		}}, true, nil
	case "->>", "json_extract_path_text":
		return rowFunc{text: func(dst []byte, r *row) ([]byte, error) {
			v, err := walkJSON(s, r)
			if err != nil {
				return nil, err
			}
			return appendJSONText(dst, v)
		}}, true, nil
	case "json_typeof":
		return rowFunc{text: func(dst []byte, r *row) ([]byte, error) {
			name := jsonKind([]byte(r.text(0)))
			if name == "" {
				return nil, errJSON(r.text(0))
			}
			return append(dst, name...), nil
		}}, true, nil
	case "json_array_length":
		return rowFunc{int: func(r *row) (int64, error) {
			var items []json.RawMessage
			if err := json.Unmarshal([]byte(r.text(0)), &items); err != nil {
				return 0, invalid("22023", "not a JSON array: %.40q", r.text(0))
			}
			return int64(len(items)), nil
		}}, true, nil
	}
	return rowFunc{}, false, nil
}

func errJSON(text string) error { return invalid("22P02", "invalid JSON %.40q", text) }

// walkJSON goes down by the arguments after the first: keys, or positions
// from 0 (from the end if negative). errNull if there is nothing.
func walkJSON(s *site, r *row) ([]byte, error) {
	v := []byte(r.text(0))
	for k := 1; k < len(s.types); k++ {
		var err error
		if s.types[k].Kind == record.Int64 {
			v, err = jsonItem(v, r.int(k))
		} else {
			v, err = jsonMember(v, r.text(k), s.name != "->" && s.name != "->>")
		}
		if err != nil {
			return nil, err
		}
	}
	return bytes.TrimSpace(v), nil
}

// jsonMember returns member key of an object; within a path a number is a
// position of an array.
func jsonMember(v []byte, key string, path bool) ([]byte, error) {
	switch jsonKind(v) {
	case "object":
		d := json.NewDecoder(bytes.NewReader(v))
		if _, err := d.Token(); err != nil {
			return nil, errJSON(string(v))
		}
		var found json.RawMessage
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return nil, errJSON(string(v))
			}
			var item json.RawMessage
			if err := d.Decode(&item); err != nil {
				return nil, errJSON(string(v))
			}
			if name == key {
				found = item // the last of equal keys counts
			}
		}
		if found == nil {
			return nil, errNull
		}
		return found, nil
	case "array":
		if i, err := strconv.ParseInt(key, 10, 64); err == nil && path {
			return jsonItem(v, i)
		}
	case "":
		return nil, errJSON(string(v))
	}
	return nil, errNull
}

func jsonItem(v []byte, i int64) ([]byte, error) {
	if kind := jsonKind(v); kind != "array" {
		if kind == "" {
			return nil, errJSON(string(v))
		}
		return nil, errNull
	}
	var items []json.RawMessage
	if err := json.Unmarshal(v, &items); err != nil {
		return nil, errJSON(string(v))
	}
	if i < 0 {
		i += int64(len(items))
	}
	if i < 0 || i >= int64(len(items)) {
		return nil, errNull
	}
	return items[i], nil
}

// jsonKind tells the kind of a value by its first byte; "" is no JSON.
func jsonKind(v []byte) string {
	v = bytes.TrimSpace(v)
	if len(v) == 0 {
		return ""
	}
	switch v[0] {
	case '{':
		return "object"
	case '[':
		return "array"
	case '"':
		return "string"
	case 't', 'f':
		return "boolean"
	case 'n':
		return "null"
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return "number"
	}
	return ""
}

// appendJSONText appends a string without its quotes, and other values as
// they are; the JSON null is NULL.
func appendJSONText(dst, v []byte) ([]byte, error) {
	switch jsonKind(v) {
	case "null":
		return nil, errNull
	case "string":
		var s string
		if err := json.Unmarshal(v, &s); err != nil {
			return nil, errJSON(string(v))
		}
		return append(dst, s...), nil
	}
	return append(dst, v...), nil
}
