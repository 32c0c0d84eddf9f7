package server

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/server/backup"
	"github.com/quindex/quindex/server/node"
)

// linkedPrefix begins the names of the folders, in the node's, that hold links
// to the files of a backup while it is fetched.
const linkedPrefix = "backup-"

// linkedTime is how long a backup may be left alone before its links go:
// links to files that merges have replaced keep their space.
const linkedTime = 10 * time.Minute

// backups are the states that are linked and being fetched.
type backups struct {
	mu   sync.Mutex
	byID map[string]*linked
}

type linked struct {
	dir   string
	timer *time.Timer
}

// backupInfo is the answer of POST /v1/backup.
type backupInfo struct {
	ID       string           `json:"id"`
	Manifest *backup.Manifest `json:"manifest"`
}

// idsName is the file, in a node's folder, of the ids of its segments' files.
const idsName = "content-ids"

// LinkNode links the state of a node below dir and lists its files. With again,
// files are read whose ids are known from an earlier backup, and compared.
func LinkNode(ctx context.Context, n *node.Node, dir string, again bool) (*backup.Manifest, error) {
	index, err := n.LinkGroups(ctx, dir)
	if err != nil {
		return nil, err
	}
	ids := backup.OpenIDs(filepath.Join(n.Dir(), idsName), again)
	m, err := backup.Scan(ctx, dir, len(index)-1, node.GroupDir, index, ids)
	if err != nil {
		return nil, err
	}
	if err := ids.Keep(); err != nil {
		n.Options().Logger.Warn("the ids of files could not be kept; the next backup reads them again", "err", err)
	}
	return m, nil
}

// startBackup links the state of now; its files are then fetched one by one.
func (s *Server) startBackup(w http.ResponseWriter, r *http.Request) {
	id := uuid.NewString()
	dir := filepath.Join(s.node.Dir(), linkedPrefix+id)
	again, err := choice("verify", r.URL.Query().Get("verify"), "", "true")
	if err != nil {
		problemOf(err).write(w)
		return
	}
	m, err := LinkNode(r.Context(), s.node, dir, again == "true")
	if err != nil {
		os.RemoveAll(dir)
		problemOf(err).write(w)
		return
	}
	l := &linked{dir: dir}
	l.timer = time.AfterFunc(linkedTime, func() { s.dropBackup(id) })
	s.backups.mu.Lock()
	s.backups.byID[id] = l
	s.backups.mu.Unlock()
	reply(w, backupInfo{ID: id, Manifest: m})
}

func (s *Server) backupFile(w http.ResponseWriter, r *http.Request) {
	l := s.linkedOf(r.PathValue("id"))
	group, err := strconv.ParseUint(r.PathValue("group"), 10, 32)
	path := filepath.FromSlash(r.PathValue("path"))
	if l == nil || err != nil || !filepath.IsLocal(path) {
		problemOf(fault.E("server: fetch backup", fault.NotFound, fault.Item(r.URL.Path),
			fault.Hint("POST /v1/backup begins one, which is kept for 10 minutes after the last fetch"), "no such backup")).write(w)
		return
	}
	l.timer.Reset(linkedTime)
	f, err := os.Open(filepath.Join(l.dir, node.GroupDir(uint32(group)), path))
	if err != nil {
		problemOf(fault.E("server: fetch backup", fault.NotFound, err)).write(w)
		return
	}
	defer f.Close()
	w.Header().Set("Content-Type", "application/octet-stream")
	http.ServeContent(w, r, "", time.Time{}, f)
}

func (s *Server) endBackup(w http.ResponseWriter, r *http.Request) {
	s.dropBackup(r.PathValue("id"))
	reply(w, map[string]string{"ended": r.PathValue("id")})
}

func (s *Server) linkedOf(id string) *linked {
	s.backups.mu.Lock()
	defer s.backups.mu.Unlock()
	return s.backups.byID[id]
}

func (s *Server) dropBackup(id string) {
	s.backups.mu.Lock()
	l := s.backups.byID[id]
	delete(s.backups.byID, id)
	s.backups.mu.Unlock()
	if l == nil {
		return
	}
	l.timer.Stop()
	if err := os.RemoveAll(l.dir); err != nil {
		s.opts.Logger.Warn("links of a backup are left over", "dir", l.dir, "err", err)
	}
}

// dropBackups removes all links, those that an earlier life left included.
func (s *Server) dropBackups() {
	s.backups.mu.Lock()
	for id, l := range s.backups.byID {
		l.timer.Stop()
		delete(s.backups.byID, id)
	}
	s.backups.mu.Unlock()
	old, _ := filepath.Glob(filepath.Join(s.node.Dir(), linkedPrefix+"*"))
	for _, dir := range old {
		if err := os.RemoveAll(dir); err != nil {
			s.opts.Logger.Warn("links of a backup are left over", "dir", dir, "err", err)
		}
	}
}
