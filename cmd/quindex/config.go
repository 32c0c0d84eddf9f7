package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/quindex/quindex/fault"
)

// fromSurroundings gives every flag that the command line does not set the
// value of its variable, --on-error that of QUINDEX_ON_ERROR, or else what the
// file of --config says.
func fromSurroundings(cmd *cobra.Command) error {
	if err := fromEnvironment(cmd); err != nil {
		return err
	}
	name := cmd.Flags().Lookup("config").Value.String()
	if name == "" {
		return nil
	}
	if err := fromFile(cmd, name); err != nil {
		return fault.E("config", fault.Invalid, fault.Item(name), err)
	}
	return nil
}

func fromEnvironment(cmd *cobra.Command) (err error) {
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		name := "QUINDEX_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		value, ok := os.LookupEnv(name)
		if !ok || f.Changed || err != nil {
			return
		}
		if e := cmd.Flags().Set(f.Name, value); e != nil {
			err = fault.E("environment", fault.Invalid, fault.Item(name+"="+value), e)
		}
	})
	return err
}

// fromFile reads flags from TOML: keys at the top are for every command that
// has such a flag, those in a table named like a command are for that command,
// and come first. A key that no command has is an error, so that none is in vain.
func fromFile(cmd *cobra.Command, name string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	var all map[string]any
	if _, err := toml.Decode(string(text), &all); err != nil {
		var at toml.ParseError
		if errors.As(err, &at) {
			return fmt.Errorf("line %d, column %d: %s", at.Position.Line, at.Position.Col, at.Message)
		}
		return err
	}
	root := cmd.Root()
	if err := known(root, nil, all); err != nil {
		return err
	}
	words := strings.Fields(cmd.CommandPath())[1:]
	tables := []map[string]any{all}
	for _, w := range words {
		next, _ := tables[len(tables)-1][w].(map[string]any)
		tables = append(tables, next)
	}
	for _, table := range slices.Backward(tables) {
		if err := setFrom(cmd.Flags(), table); err != nil {
			return err
		}
	}
	return nil
}

// setFrom sets the flags that nobody has set yet.
func setFrom(flags *pflag.FlagSet, table map[string]any) error {
	for key, v := range table {
		f := flags.Lookup(key)
		if _, deeper := v.(map[string]any); deeper || f == nil || f.Changed {
			continue
		}
		values, many := v.([]any)
		if !many {
			values = []any{v}
		}
		for _, v := range values {
			if err := flags.Set(key, fmt.Sprint(v)); err != nil {
				return fmt.Errorf("%s = %v: %w", key, v, err)
			}
		}
	}
	return nil
}

// known complains about a key that is a flag of no command at or below cmd.
func known(cmd *cobra.Command, path []string, table map[string]any) error {
	for _, key := range sortedKeys(table) {
		if deeper, ok := table[key].(map[string]any); ok {
			sub := subcommand(cmd, key)
			if sub == nil {
				return fmt.Errorf("[%s]: no such command", strings.Join(append(path, key), "."))
			}
			if err := known(sub, append(path, key), deeper); err != nil {
				return err
			}
			continue
		}
		if !hasFlag(cmd, key) || key == "config" {
			where := "no command has a"
			if len(path) > 0 {
				where = "quindex " + strings.Join(path, " ") + " has no"
			}
			return fault.E("", fault.Invalid, fault.Hint("keys are named like flags, without the dashes: http = \"127.0.0.1:9000\""), fmt.Errorf("%s: %s flag --%s", key, where, key))
		}
	}
	return nil
}

func sortedKeys(m map[string]any) (keys []string) {
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func subcommand(cmd *cobra.Command, name string) *cobra.Command {
	for _, c := range cmd.Commands() {
		if c.Name() == name {
			return c
		}
	}
	return nil
}

func hasFlag(cmd *cobra.Command, name string) bool {
	return cmd.Flags().Lookup(name) != nil || slices.ContainsFunc(cmd.Commands(), func(c *cobra.Command) bool { return hasFlag(c, name) })
}
