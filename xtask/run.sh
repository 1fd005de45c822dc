#!/bin/sh
# `make run`: adds a folder to a library and says what to look at.
# PROGRAM is the built executable; without a folder, the sample pictures go into a library of their own at DEMO.
set -eu

folder=${1:-}
case "$folder" in
    "") folder=samples/pictures; TINTYPE_LIBRARY=$DEMO; export TINTYPE_LIBRARY ;;
    "~"*) folder=$HOME${folder#\~} ;;     # not every shell expands the tilde in DIR=~/Pictures
esac
[ -e "$folder" ] || { echo "run: there is no $folder" >&2; exit 1; }

"$PROGRAM" add "$folder"
echo
"$PROGRAM" status
echo
echo "What to look at:"
if [ -n "${TINTYPE_LIBRARY:-}" ]; then
    echo "  library      $TINTYPE_LIBRARY"
    library="--library '$TINTYPE_LIBRARY' "
else
    echo "  library      ${XDG_DATA_HOME:-$HOME/.local/share}/tintype/default"
    library=""
fi
if [ "$folder" = samples/pictures ]; then
    for picture in "$folder"/*; do
        printf '  %-40s ' "$picture"
        "$PROGRAM" get --size 512 "$picture" || true
    done
fi
echo "  one file     $PROGRAM ${library}get FILE --size 256"
echo "  what failed  $PROGRAM ${library}failures"
echo "  everything   $PROGRAM --help"
