# tintype: `make run DIR=~/Pictures` and `make test` are all you need; `make help` lists the rest.

export PATH := $(PATH):$(HOME)/.cargo/bin
TARGET := $(abspath $(or $(CARGO_TARGET_DIR),target))
# The lock file decides the versions; it changes by `cargo update`, never by building.
CARGO_FLAGS ?= --locked

.DEFAULT_GOAL := help
.PHONY: help deps build install run test bench bench-quality bench-formats bench-films bench-pages scores sheet soak fmt lint tidy fuzz deny clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 16

deps: ## install the system packages that building needs (apt or Homebrew)
	@./xtask/deps.sh build

build: deps ## the program and its workers, beside each other in target/release
	cargo build $(CARGO_FLAGS) --release --workspace --bin 'tintype*'
	@echo "built: $(TARGET)/release/tintype"

PREFIX ?= /usr/local
install: ## copy what `make build` made to PREFIX/bin
	@test -x "$(TARGET)/release/tintype" || { echo "install: nothing is built yet; run make build first" >&2; exit 1; }
	install -d "$(DESTDIR)$(PREFIX)/bin"
	find "$(TARGET)/release" -maxdepth 1 -type f -perm -u+x -name 'tintype*' ! -name '*.*' \
		-exec install {} "$(DESTDIR)$(PREFIX)/bin" \;

run: build ## index DIR and make its thumbnails; without DIR, of the sample pictures
	@PROGRAM="$(TARGET)/release/tintype" DEMO="$(TARGET)/demo-library" ./xtask/run.sh "$(DIR)"

test: ## everything that must hold: format, lints, tidy, licences, all tests
	@./xtask/deps.sh test
	@cargo run --quiet $(CARGO_FLAGS) --package xtask -- check

fmt: ## format the source
	cargo fmt --all

lint: deps ## clippy, warnings are errors
	cargo clippy $(CARGO_FLAGS) --workspace --all-targets -- -D warnings

bench: build ## what a photograph costs, here and elsewhere (minutes, wants a quiet machine); BENCH="--rounds 5" for more
	@./xtask/deps.sh bench
	cargo build $(CARGO_FLAGS) --release --package tintype-bench
	"$(TARGET)/release/bench" speed --folder "$(TARGET)/bench" --json "$(TARGET)/bench.json" $(BENCH)

bench-quality: deps ## how good thumbnails are at the bytes that vipsthumbnail spends (a minute or two)
	@./xtask/deps.sh bench
	cargo build $(CARGO_FLAGS) --release --package tintype-bench
	"$(TARGET)/release/bench" quality --folder "$(TARGET)/bench" $(BENCH)

bench-formats: build ## CPU time per megapixel of every format beside its usual program (ten minutes); BENCH="--rounds 5 HEIC"
	@./xtask/deps.sh bench
	cargo build $(CARGO_FLAGS) --release --package tintype-bench
	"$(TARGET)/release/bench" formats --folder "$(TARGET)/bench-formats" --json "$(TARGET)/bench-formats.json" $(BENCH)

bench-films: build ## CPU and wall time of every film of the corpus beside ffmpegthumbnailer and ffmpeg (two minutes); BENCH="--folder ~/Videos"
	@./xtask/deps.sh bench
	cargo build $(CARGO_FLAGS) --release --package tintype-bench
	"$(TARGET)/release/bench" films $(BENCH)

bench-pages: build ## CPU and wall time of every PDF of the corpus beside pdftoppm (half a minute); BENCH="--folder ~/Papers"
	@./xtask/deps.sh bench
	cargo build $(CARGO_FLAGS) --release --package tintype-bench
	"$(TARGET)/release/bench" pages $(BENCH)

scores: deps ## SSIMULACRA2 of every format's thumbnails beside other decoders' pictures, over the corpus
	@./xtask/deps.sh test
	cargo test $(CARGO_FLAGS) --workspace --test corpus sound_
	cargo run --quiet $(CARGO_FLAGS) --package tintype-bench --bin bench -- scores --folder target/corpus

sheet: build ## all thumbnails of DIR (the corpus) on one page with name, reason and time: target/sheet/index.html
	cargo build $(CARGO_FLAGS) --release --package tintype-bench
	"$(TARGET)/release/bench" sheet $(if $(DIR),--folder "$(DIR)") --to "$(TARGET)/sheet"

FILES ?= 1000000
SOAK_DIR ?= $(TARGET)/soak
soak: build ## a library of FILES small files (a million: 9 GB, half an hour) against what it may cost; KEEP=1 leaves it in SOAK_DIR
	cargo build $(CARGO_FLAGS) --release --package tintype-bench
	"$(TARGET)/release/bench" soak --files $(FILES) --folder "$(SOAK_DIR)" $(if $(KEEP),--keep)

tidy: deps ## what a reader relies on: headers, crate edges, migrations, documents, absences
	cargo xtask tidy

fuzz: deps ## every parser, fed with anything for FUZZ_SECONDS (60) each; FUZZ_TARGETS="exif xmp" for some
	@cargo fuzz --version >/dev/null 2>&1 || cargo install --locked cargo-fuzz
	@rustup toolchain list | grep -q '^nightly' || rustup toolchain install nightly --profile minimal
	@cargo run --quiet $(CARGO_FLAGS) --package xtask -- fuzz

deny: ## licences, advisories, bans and sources by cargo-deny (builds it first if it is missing: minutes)
	@cargo deny --version >/dev/null 2>&1 || cargo install --locked cargo-deny
	cargo deny --all-features check

clean: ## remove everything that was built
	cargo clean
