# make without a target prints the targets.
.PHONY: help check test demo build bench peers fuzz
help:
	@echo "make build   the server, without cgo, as ./quindex"
	@echo "make test    all tests"
	@echo "make demo    a server with real data"
	@echo "make check   what CI runs"
	@echo "make bench   quindex alone on the columnar workload"
	@echo "make peers   quindex beside DuckDB (needs a C compiler)"

build:
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o quindex ./cmd/quindex
test:
	go test ./...
demo:
	go run ./cmd/quindex demo
check:
	.ci/run
bench:
	go run ./cmd/quindex bench columnar
peers:
	cd bench/peers && go run . columnar
