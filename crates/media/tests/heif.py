"""HEIC and AVIF by the tools of libheif and libavif, as PNG. Knows files; knows nothing of colour."""

import os
import re
import tempfile

from programs import ran, said


def png(path):
    """The primary picture, upright, its numbers as they are decoded."""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "out.png")
        # Another decoder than libheif wherever there is one. It does not turn pictures.
        if path.lower().endswith(("f", "s")) and is_plain_avif(path):
            ran(["avifdec", path, out])
        else:
            ran(["heif-convert", path, out])
            if not os.path.exists(out):
                out = os.path.join(folder, f"out-{place_of_primary(path)}.png")
        with open(out, "rb") as file:
            return file.read()


def is_plain_avif(path):
    """Whether libavif's tool opens it and would show it as it is stored."""
    try:
        return b"Transformations: None" in said(["avifdec", "--info", path])
    except OSError:
        return False


def place_of_primary(path):
    """Where it stands in libheif's list of pictures, counted from one."""
    pictures = re.findall(r"^image: .*$", said(["heif-info", path]).decode(), re.MULTILINE)
    return 1 + next(place for place, words in enumerate(pictures) if "primary" in words)
