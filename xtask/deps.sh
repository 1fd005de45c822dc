#!/bin/sh
# Installs the system packages that building (`deps.sh build`) needs, or also testing (`test`) or comparing (`bench`).
# A shell script and no Rust, because without these there is no linker to build Rust with.
# Knows apt and Homebrew; elsewhere it says what is missing. Does nothing when nothing is missing.
set -eu

# command:package. A command found by other means than the package manager is good enough; `-` has no command.
# `a|b`: the name of the same package in newer and in older releases.
APT_BUILD="-:ca-certificates cc:build-essential make:make cmake:cmake nasm:nasm pkg-config:pkg-config -:libtiff6|libtiff5 -:libheif1 -:libheif-plugin-libde265|libheif1 -:libheif-plugin-dav1d|libheif1
-:libarchive13t64|libarchive13 -:libavcodec-dev -:libavformat-dev -:libavutil-dev -:libswscale-dev -:libclang-dev"
# By package, not by command: other programs are called `convert` too.
APT_TEST="-:python3-pil -:imagemagick djxl:libjxl-tools ffmpeg:ffmpeg rsvg-convert:librsvg2-bin -:fonts-droid-fallback vips:libvips-tools heif-convert:libheif-examples
avifdec:libavif-bin pdftoppm:poppler-utils 7zz:7zip|p7zip-full"
# Each format's usual program; what makes files to measure comes along in the same packages.
APT_BENCH="vipsthumbnail:libvips-tools -:imagemagick ffmpeg:ffmpeg ffmpegthumbnailer:ffmpegthumbnailer heif-convert:libheif-examples avifdec:libavif-bin
djxl:libjxl-tools rsvg-convert:librsvg2-bin cwebp:webp simple_dcraw:libraw-bin opj_decompress:libopenjp2-tools pdftoppm:poppler-utils mutool:mupdf-tools"
# Written without a Mac to try it on.
BREW_BUILD="cmake:cmake nasm:nasm pkg-config:pkgconf -:libtiff -:libheif -:libarchive ffmpeg:ffmpeg"
BREW_TEST="-:pillow magick:imagemagick djxl:jpeg-xl ffmpeg:ffmpeg rsvg-convert:librsvg vips:vips avifdec:libavif pdftoppm:poppler 7zz:sevenzip"
BREW_BENCH="vipsthumbnail:vips magick:imagemagick ffmpeg:ffmpeg ffmpegthumbnailer:ffmpegthumbnailer heif-convert:libheif avifdec:libavif djxl:jpeg-xl
rsvg-convert:librsvg cwebp:webp simple_dcraw:libraw opj_decompress:openjpeg pdftoppm:poppler mutool:mupdf-tools"

main() {
    case "${1:-build}" in
        build) apt_rows=$APT_BUILD brew_rows=$BREW_BUILD ;;
        test) apt_rows="$APT_BUILD $APT_TEST" brew_rows="$BREW_BUILD $BREW_TEST" ;;
        bench) apt_rows="$APT_BUILD $APT_BENCH" brew_rows="$BREW_BUILD $BREW_BENCH" ;;
        *) echo "usage: deps.sh build|test|bench" >&2; exit 2 ;;
    esac
    if command -v apt-get >/dev/null; then
        from_apt "$apt_rows"
    elif command -v brew >/dev/null; then
        from_brew "$brew_rows"
    else
        only_tell "$apt_rows"
    fi
    rust_is_there
    [ "${1:-build}" != test ] || rust_can_judge
}

# missing ROWS IS_INSTALLED: the packages of those rows that are not there.
missing() {
    for row in $1; do
        command=${row%%:*} package=${row#*:}
        [ "$command" != - ] && command -v "$command" >/dev/null && continue
        "$2" "$package" || echo "$package"
    done
}

from_apt() {
    wanted=$(missing "$1" in_dpkg)
    [ -n "$wanted" ] || { echo "deps: every system package is there"; return; }
    echo "deps: apt-get installs:" $wanted
    as_root apt-get update -qq
    for names in $wanted; do packages="${packages:-} $(newest_name "$names")"; done
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages
}

in_dpkg() {
    for name in $(echo "$1" | tr '|' ' '); do
        dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null | grep -qx installed && return 0
    done
    return 1
}

# The first of the names that this release of the distribution has; the first of all if it has none, so that
# apt-get's own message names it.
newest_name() {
    for name in $(echo "$1" | tr '|' ' '); do
        apt-cache show "$name" >/dev/null 2>&1 && { echo "$name"; return; }
    done
    echo "${1%%|*}"
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "deps: needs root and there is no sudo; as root, run: $*" >&2
        exit 1
    fi
}

from_brew() {
    wanted=$(missing "$1" in_brew)
    [ -n "$wanted" ] || { echo "deps: every system package is there"; return; }
    echo "deps: brew installs:" $wanted
    brew install $wanted
}

in_brew() { brew list --formula "$1" >/dev/null 2>&1; }

only_tell() {
    wanted=$(missing "$1" nowhere)
    [ -z "$wanted" ] || echo "deps: neither apt-get nor brew here; the build needs what Debian calls:" $wanted
}

nowhere() { return 1; }

rust_is_there() {
    command -v cargo >/dev/null || { echo "deps: there is no cargo; install Rust from https://rustup.rs" >&2; exit 1; }
    cargo --version
}

# A minimal rustup profile has neither formatter nor linter.
rust_can_judge() {
    cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1 && return
    command -v rustup >/dev/null || { echo "deps: cargo fmt or cargo clippy is missing" >&2; exit 1; }
    rustup component add rustfmt clippy
}

main "$@"
