package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/quindex/quindex/client"
	"github.com/quindex/quindex/cluster"
	"github.com/quindex/quindex/engines/all"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/server"
	"github.com/quindex/quindex/server/backup"
	"github.com/quindex/quindex/server/node"
)

func backupCommand() *cobra.Command {
	var addr, data string
	var verify bool
	cmd := &cobra.Command{
		Use:   "backup DIR",
		Short: "Copy all data into a folder of backups",
		Long: `Backup adds a backup to the folder DIR, from a running server, or with --data from
the folder of one that does not run. What earlier backups in DIR share with it is
not copied again: DIR keeps files by their content. With --verify all files are read
again on both sides and compared with what they were. Every shard is as of one
moment; all that was acknowledged before the backup began is in it.`,
		Example: `  quindex backup /mnt/backups
  quindex backup /mnt/backups --data /var/lib/quindex
  quindex restore /mnt/backups --data /var/lib/restored`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			b := backing{cmd: cmd, start: time.Now(), verify: verify}
			if data != "" {
				return b.offline(args[0], data)
			}
			return b.online(args[0], client.New(addr))
		},
	}
	cmd.Flags().StringVar(&addr, "http", client.DefaultAddr, "address of the server")
	cmd.Flags().StringVar(&data, "data", "", "data folder of a server that does not run")
	cmd.Flags().BoolVar(&verify, "verify", false, "read all files, also those that an earlier backup has read, and those in DIR")
	return cmd
}

// backing is one run of backup or restore.
type backing struct {
	cmd   *cobra.Command
	start time.Time
	told  time.Time

	verify bool

	files, fresh           int
	bytes, copied, ofBytes int64
}

// progress counts a file, and says how far it is every second.
func (b *backing) progress(f backup.File, fresh bool) {
	b.files++
	b.bytes += f.Bytes
	if fresh {
		b.fresh, b.copied = b.fresh+1, b.copied+f.Bytes
	}
	if now := time.Now(); now.Sub(b.told) >= time.Second {
		b.told = now
		fmt.Fprintf(b.cmd.ErrOrStderr(), "%d files, %.1f of %.1f MB\n", b.files, float64(b.bytes)/1e6, float64(b.ofBytes)/1e6)
	}
}

func (b *backing) store(dir string, m *backup.Manifest, open func(context.Context, uint32, string) (io.ReadCloser, error)) error {
	_, b.ofBytes = m.Totals()
	b.told = time.Now()
	if err := backup.Store(b.cmd.Context(), dir, m, open, b.progress); err != nil {
		return err
	}
	if b.verify {
		if err := backup.Reread(b.cmd.Context(), dir, m, func(backup.File, bool) {}); err != nil {
			return err
		}
	}
	fmt.Fprintf(b.cmd.OutOrStdout(), "backup %s: %d files, %.1f MB, of which %d files, %.1f MB were new, in %.1f s\n",
		m.Name, b.files, float64(b.bytes)/1e6, b.fresh, float64(b.copied)/1e6, time.Since(b.start).Seconds())
	return nil
}

// online fetches the state of a running server.
func (b *backing) online(dir string, c *client.Client) error {
	ctx := b.cmd.Context()
	path := "/v1/backup"
	if b.verify {
		path += "?verify=true"
	}
	body, err := c.Call(ctx, http.MethodPost, path)
	if err != nil {
		return err
	}
	var info struct {
		ID       string          `json:"id"`
		Manifest json.RawMessage `json:"manifest"`
	}
	err = json.NewDecoder(body).Decode(&info)
	body.Close()
	if err != nil {
		return fault.E("backup: read list", fault.IO, err)
	}
	defer func() {
		if body, err := c.Call(context.WithoutCancel(ctx), http.MethodDelete, "/v1/backup/"+info.ID); err == nil {
			body.Close()
		}
	}()
	m, err := backup.ParseManifest(info.Manifest)
	if err != nil {
		return err
	}
	return b.store(dir, m, func(ctx context.Context, group uint32, path string) (io.ReadCloser, error) {
		return c.Call(ctx, http.MethodGet, fmt.Sprintf("/v1/backup/%s/%d/%s", info.ID, group, (&url.URL{Path: path}).EscapedPath()))
	})
}

// openOffline opens the folder of a node that does not run, as the server
// would: what is in the log alone is part of it.
func openOffline(ctx context.Context, data string) (*node.Node, error) {
	if !exists(filepath.Join(data, nodeFile)) {
		return nil, fault.E("open", fault.NotFound, fault.Item(data), fault.Hint("name the folder that quindex serve --data has"), "no data folder of a server")
	}
	quiet := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	n, err := node.Open(ctx, node.Options{Cluster: cluster.Options{Dir: data}, Registry: all.Registry(), Logger: quiet})
	if fault.Is(err, fault.Exists) {
		return nil, fault.E("open", fault.Hint("say --http and its address instead of --data to ask the server that runs, or stop it"), err)
	}
	return n, err
}

// offline copies the state of a node that does not run.
func (b *backing) offline(dir, data string) (err error) {
	n, err := openOffline(b.cmd.Context(), data)
	if err != nil {
		return err
	}
	defer func() {
		if e := n.Close(); err == nil {
			err = e
		}
	}()
	links, err := os.MkdirTemp(data, "backup-")
	if err != nil {
		return fault.E("backup", fault.IO, err)
	}
	defer os.RemoveAll(links)
	m, err := server.LinkNode(b.cmd.Context(), n, links, b.verify)
	if err != nil {
		return err
	}
	return b.store(dir, m, func(_ context.Context, group uint32, path string) (io.ReadCloser, error) {
		return os.Open(filepath.Join(links, node.GroupDir(group), filepath.FromSlash(path)))
	})
}

func restoreCommand() *cobra.Command {
	var data, name string
	var list bool
	cmd := &cobra.Command{
		Use:   "restore DIR --data NEW",
		Short: "Make a data folder out of a backup",
		Long: `Restore makes the new data folder NEW, on this or another machine, out of the newest
backup in DIR, or the one that --backup names. Every file is compared with the
checksum it was stored under. The folder is a node of its own: start it with
quindex serve --data NEW.`,
		Example: `  quindex restore /mnt/backups --list
  quindex restore /mnt/backups --data /var/lib/restored`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			b := backing{cmd: cmd, start: time.Now()}
			if list {
				return b.list(args[0])
			}
			if data == "" {
				return fault.E("restore", fault.Invalid, fault.Hint("quindex restore "+args[0]+" --data NEW"), "--data is missing: the folder to make")
			}
			return b.restore(args[0], name, data)
		},
	}
	cmd.Flags().StringVar(&data, "data", "", "folder to make; it must not exist, or be empty")
	cmd.Flags().StringVar(&name, "backup", "", "name of the backup (the newest)")
	cmd.Flags().BoolVar(&list, "list", false, "list the backups and do nothing")
	return cmd
}

func (b *backing) list(dir string) error {
	all, err := backup.List(dir)
	for _, m := range all {
		files, bytes := m.Totals()
		fmt.Fprintf(b.cmd.OutOrStdout(), "%s  %d shards, %d files, %.1f MB\n", m.Name, m.Shards, files, float64(bytes)/1e6)
	}
	return err
}

func (b *backing) restore(dir, name, data string) error {
	m, err := backup.Find(dir, name)
	if err != nil {
		return err
	}
	_, b.ofBytes = m.Totals()
	b.told = time.Now()
	o := cluster.Options{Dir: data, Shards: m.Shards}
	err = cluster.Seed(o, func(g cluster.GroupID, to string) (uint64, error) {
		group := m.Groups[g]
		return group.Index, backup.Place(b.cmd.Context(), dir, group, to, b.progress)
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(b.cmd.OutOrStdout(), "restored %s: %d files, %.1f MB, in %.1f s; start it with: quindex serve --data %s\n",
		m.Name, b.files, float64(b.bytes)/1e6, time.Since(b.start).Seconds(), data)
	return nil
}
