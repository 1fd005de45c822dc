"""Draws the first page of every PDF of a folder by tintype, Poppler and MuPDF, and prints where they differ to the eye.

Usage: python3 compare.py CORPUS/pdf [OUTPUT], with TINTYPE naming the program (target/release/tintype). Wants
python3-pil, poppler-utils and mupdf-tools. In OUTPUT each file gets one picture of all three, side by side.
"""

import itertools
import os
import pathlib
import subprocess
import sys
import tempfile

from PIL import Image, ImageChops, ImageFilter

EDGE = 512
# Letters are hinted and fattened differently by everybody: compared is what is left when the eye stands back.
BLUR = 4
# Levels by which a place must differ for somebody to see it there: the weight of letters alone makes 50, a word that
# is missing 100.
VISIBLE = 64
NAMES = ("tintype", "poppler", "mupdf")


def drawn(name, path, out):
    """The page by one of the three, or None."""
    tintype = os.environ.get("TINTYPE", "target/release/tintype")
    command = {
        "tintype": [tintype, "thumbnail", path, f"{out}.webp", "--size", str(EDGE)],
        "poppler": ["pdftoppm", "-singlefile", "-cropbox", "-scale-to", str(EDGE), "-png", path, out],
        "mupdf": ["mutool", "draw", "-q", "-w", str(EDGE), "-h", str(EDGE), "-o", f"{out}.png", path, "1"],
    }[name]
    subprocess.run(command, capture_output=True, timeout=120, check=False)
    found = [out + end for end in (".webp", ".png") if os.path.exists(out + end)]
    try:
        return Image.open(found[0]).convert("RGB") if found else None
    except OSError:  # what MuPDF leaves when it wants a password
        return None


def apart(one, other):
    """The greatest difference at any place, once both have the same size and fine detail is blurred."""
    size = tuple(min(sides) for sides in zip(one.size, other.size))
    blurred = [image.resize(size, Image.LANCZOS).filter(ImageFilter.GaussianBlur(BLUR)) for image in (one, other)]
    return max(high for _, high in ImageChops.difference(*blurred).getextrema())


def judged(path, folder):
    """What each pair differs by, and the three side by side."""
    images = {name: drawn(name, str(path), f"{folder}/{name}") for name in NAMES}
    for name in NAMES:
        for end in (".webp", ".png"):
            pathlib.Path(f"{folder}/{name}{end}").unlink(missing_ok=True)
    there = {name: image for name, image in images.items() if image}
    pairs = {pair: apart(there[pair[0]], there[pair[1]]) for pair in itertools.combinations(there, 2)}
    return there, pairs


def main():
    corpus, output = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else "")
    counts, total = dict.fromkeys(itertools.combinations(NAMES, 2), 0), 0
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted(corpus.glob("*.pdf")):
            there, pairs = judged(path, folder)
            total += len(there) == len(NAMES)
            differing = {pair: by for pair, by in pairs.items() if by > VISIBLE}
            for pair in differing:
                counts[pair] += 1
            missing = [name for name in NAMES if name not in there]
            if differing or (missing and there):
                print(path.name, "; ".join(f"{' and '.join(pair)} by {by}" for pair, by in differing.items()), end="")
                print(f"; not drawn by {', '.join(missing)}" if missing else "")
            if len(sys.argv) > 2 and there:
                sheet = Image.new("RGB", (EDGE * len(NAMES), EDGE), "gray")
                for place, name in enumerate(NAMES):
                    if name in there:
                        sheet.paste(there[name], (EDGE * place, 0))
                output.mkdir(parents=True, exist_ok=True)
                sheet.save(output / f"{path.name}.png")
    for pair, count in counts.items():
        print(f"{' and '.join(pair)}: {count} of {total} differ visibly")


main()
