"""HEIC and AVIF by the tools of libheif and libavif, as PNG. Knows files; knows nothing of colour."""

import os
import re
import tempfile

import gain_map
from programs import ran, said


# Files that the tools of these versions do not open or show wrongly, and those that hold the same picture.
TWINS = {
    # The size of the index is left open.
    "draw_points_idat_metasize0.avif": "draw_points_idat.avif",
    "draw_points_idat_progressive_metasize0.avif": "draw_points_idat_progressive.avif",
    # libavif 0.11 looks for pictures among the sounds, and takes depth for alpha.
    "colors-animated-8bpc-audio.avif": "colors-animated-8bpc.avif",
    "colors-animated-8bpc-depth-exif-xmp.avif": "colors-animated-8bpc.avif",
}
# HDR pictures that are shown by their map of gains.
MAPPED = (
    "color_grid_alpha_grid_gainmap_nogrid.avif",
    "color_grid_gainmap_different_grid.avif",
    "color_nogrid_alpha_nogrid_gainmap_grid.avif",
    "seine_hdr_gainmap_small_srgb.avif",
    "seine_hdr_gainmap_srgb.avif",
    "unsupported_gainmap_writer_version_with_extra_bytes.avif",
)
# libavif 0.11 leaves out alpha of single tiles, and takes tiles in the order of their numbers. In a picture of four by
# four pixels it mixes chroma where libheif 1.15 repeats it.
BY_LIBHEIF = (
    "color_grid_alpha_nogrid.avif",
    "extended_pixi.avif",
    "sofa_grid1x5_420_reversed_dimg_order.avif",
)


# Sequences that begin blank, and the first frame that is not.
SHOWN_FRAMES = {"colors-animated-12bpc-keyframes-0-2-3.avif": 3}


def png(path):
    """The primary picture, upright, its numbers as they are decoded."""
    folder, name = os.path.split(path)
    if name in MAPPED:
        return gain_map.png(path)
    path = os.path.join(folder, TWINS.get(name, name))
    with tempfile.TemporaryDirectory() as made:
        out = os.path.join(made, "out.png")
        # Another decoder than libheif wherever there is one. It does not turn pictures.
        if name not in BY_LIBHEIF and is_plain_avif(path):
            ran(["avifdec", "--index", str(SHOWN_FRAMES.get(name, 0)), path, out])
        else:
            ran(["heif-convert", path, out])
            if not os.path.exists(out):
                out = os.path.join(made, f"out-{place_of_primary(path)}.png")
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
