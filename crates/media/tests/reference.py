"""Pictures as somebody else's decoders see them: Pillow first, ImageMagick where Pillow cannot, and for what both get
wrong the one that does not.

Reads one file name a line; answers each with a line "WIDTH HEIGHT DECODER" and that many RGBA pixels, upright and in
sRGB, or with a line "- WORDS" when no decoder opens it. Knows nothing of thumbnails.
"""

import io
import os
import re
import struct
import sys

import djxl
import documents
import heif
import light
import runs
from PIL import Image, ImageCms, ImageOps
from programs import said

Image.MAX_IMAGE_PIXELS = None
SRGB = ImageCms.createProfile("sRGB")
SRGB_GAMMA = 0.45455
# Transfer functions by their numbers in H.273, as PNG counts gamma; sRGB's among them.
CODED_GAMMA = {4: 1 / 2.2, 5: 1 / 2.8, 8: 1.0, 13: SRGB_GAMMA}
ORIENTATION = 0x0112
# Turned already: Pillow does so itself when it loads a TIFF.
TURNED_BY_PILLOW = ("TIFF",)
# Where alpha that hides all of a picture was never meant: writers leave the byte at zero.
HIDING = ("BMP", "DIB", "TGA", "ICO")
# What ends every QOI but the one whose author left it out.
QOI_END = bytes(7) + b"\1"
# The larger of the sizes that the test makes.
LARGEST_COMPARED = 256
SAMPLE_FORMAT = 339
SIGNED = 2
# Files whose first frame is blank by our rule while a later one is not: the frame that is shown is compared.
# By name, since others' frames are blank to this decoder and not to ours.
BEGIN_BLANK = ("gif/animation.gif", "dispose_op_previous_frame.png", "dispose_op_previous_region.png")
FRAMES_LOOKED_AT = 10


def upright(image, format):
    """Turned by EXIF, or by XMP, where this Pillow does not look."""
    if format in TURNED_BY_PILLOW:
        return image
    said = re.search(r"tiff:Orientation\W{1,3}([1-8])", str(image.info.get("XML:com.adobe.xmp", "")))
    if said and image.getexif().get(ORIENTATION, 1) == 1:
        image.getexif()[ORIENTATION] = int(said[1])
    return ImageOps.exif_transpose(image)


def to_srgb(image, profile, gamma):
    """RGBA in sRGB numbers, as a colour-managed viewer shows them."""
    if image.mode in ("I;16", "I;16B", "I;16L", "I"):
        image = image.convert("I").point(lambda level: level / 257).convert("L")
    if image.mode in ("P", "PA", "1", "LA", "La", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    if image.mode == "LAB":
        image = ImageCms.profileToProfile(image, ImageCms.createProfile("LAB"), SRGB, outputMode="RGB")
    elif profile:
        image = managed(image if alpha is None else image.convert("RGB"), profile)
    elif gamma:
        curve = [light.srgb((level / 255) ** (1 / gamma)) for level in range(256)]
        image = image.convert("RGB").point(curve * 3)
    image = image.convert("RGBA")
    if alpha is not None:
        image.putalpha(alpha)
    return image


def managed(image, profile):
    """By the profile, or as it is when the profile is broken or for another kind of numbers."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        space = source.profile.xcolor_space.strip()
        if space == "GRAY":
            image = image.convert("L")
        elif space != image.mode and space == "RGB":
            image = image.convert("RGB")
        return ImageCms.profileToProfile(image, source, SRGB, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image


def by_pillow(path):
    if path.lower().endswith(".pfm"):
        return floats(path)
    image = Image.open(path)
    if image.format == "ICNS":
        # Each size is a drawing of its own; asked for itself, it brings its profile along.
        image = image.icns.getimage(min(size for size in image.info["sizes"] if size[0] >= LARGEST_COMPARED))
    if path.endswith(BEGIN_BLANK):
        image = first_to_see(image)
    image.load()
    if image.mode in ("1", "L", "I") and "transparency" in image.info:
        raise OSError("left to ImageMagick: this Pillow scales levels but not the transparent one")
    if is_of_unknown_meaning(image):
        return light.stretched(image).convert("RGBA")
    profile = image.info.get("icc_profile") or bmp_profile(path)
    gamma = CODED_GAMMA.get(coded_transfer(path), image.info.get("gamma"))
    if "srgb" in image.info or (gamma and abs(gamma - SRGB_GAMMA) < 0.006):
        gamma = None
    format = image.format
    image = to_srgb(upright(image, format), profile, gamma)
    if format in HIDING and image.getchannel("A").getextrema() == (0, 0):
        image.putalpha(255)
    return image


def first_to_see(image):
    """The first frame, or where that is all of one colour the first of the next few that is not."""
    frames = min(getattr(image, "n_frames", 1), FRAMES_LOOKED_AT)
    for frame in range(frames if frames > 1 else 0):
        image.seek(frame)
        # What is one colour when it is coded is so within 4 levels.
        if any(high - low > 4 for low, high in image.convert("RGBA").getextrema()):
            return image
    if frames > 1:
        image.seek(0)
    return image


def coded_transfer(path):
    """The transfer function in a PNG's cICP, which outranks its gamma and of which Pillow knows nothing."""
    with open(path, "rb") as file:
        head = file.read(4096)
    place = head.find(b"cICP")
    return head[place + 5] if head.startswith(b"\x89PNG") and place > 0 else None


def is_of_unknown_meaning(image):
    """Floats, and numbers with a sign, are no levels that anybody agreed on."""
    signed = image.mode == "I" and image.format == "TIFF" and image.tag_v2.get(SAMPLE_FORMAT) == (SIGNED,)
    return image.mode == "F" or signed


def floats(path):
    """PFM, which Debian's Pillow does not know: rows upwards."""
    with open(path, "rb") as file:
        lines = [file.readline().strip() for _ in range(3)]
        data = file.read()
    size = tuple(int(word) for word in lines[1].split())
    order = "F;32BF" if float(lines[2]) > 0 else "F;32F"
    return light.stretched(Image.frombytes("F", size, data, "raw", order, 0, -1)).convert("RGBA")


def bmp_profile(path):
    """The ICC profile inside a BMP of version 5, which Pillow leaves alone."""
    with open(path, "rb") as file:
        head = file.read(138)
        if len(head) < 138 or head[:2] != b"BM" or head[14:18] != b"|\0\0\0" or head[70:74] != b"DEBM":
            return None
        offset, length = struct.unpack("<II", head[126:134])
        file.seek(14 + offset)
        return file.read(length)


def by_djxl(path):
    image, profile = djxl.picture(path)
    return to_srgb(image, profile, None)


def by_imagemagick(path):
    """The first picture, through a format that Pillow knows."""
    command = ["convert", f"{path}[0]", "-auto-orient", "-colorspace", "sRGB", "-depth", "8", "png:-"]
    return Image.open(io.BytesIO(said(command))).convert("RGBA")


def by_ffmpeg(path):
    """A QOI, or a BMP without the alpha that FFmpeg adds: it shows indices beyond a palette as holes."""
    with open(path, "rb") as file:
        data = file.read()
    kind, layout = ("qoi_pipe", "rgba") if path.endswith(".qoi") else ("bmp_pipe", "rgb24")
    if kind == "qoi_pipe" and not data.endswith(QOI_END):
        data += QOI_END
    as_png = ("-frames:v", "1", "-pix_fmt", layout, "-f", "image2pipe", "-c:v", "png", "-")
    command = ["ffmpeg", "-v", "error", "-f", kind, "-i", "-", *as_png]
    return Image.open(io.BytesIO(said(command, data))).convert("RGBA")


def by_librsvg(path):
    """An SVG at the size that it gives itself."""
    return Image.open(io.BytesIO(said(["rsvg-convert", "--format=png", path]))).convert("RGBA")


def by_libheif(path):
    """A HEIC or an AVIF, by whom the tools of libheif and libavif make PNG of it."""
    image = Image.open(io.BytesIO(heif.png(path)))
    return to_srgb(image, image.info.get("icc_profile"), None)


def photoshops_preview(path):
    """The JPEG inside of a PSD that was saved without a composite."""
    with open(path, "rb") as file:
        data = file.read()
    return Image.open(io.BytesIO(data[data.index(b"\xff\xd8\xff") :])).convert("RGBA")


def one_bit_of_alpha(path):
    """A BMP of 5, 5, 5 and 1 bits, by Pillow's own unpacker, which its reader of BMPs never asks for."""
    with open(path, "rb") as file:
        data = file.read()
    (start,) = struct.unpack("<I", data[10:14])
    width, height = struct.unpack("<ii", data[18:26])
    stride = (width * 2 + 3) // 4 * 4
    return Image.frombytes("RGBA", (width, height), data[start:], "raw", "BGRA;15", stride, -1)


def inside(path):
    """The cover or page that a document or a sound file has inside, as Pillow sees it."""
    image = Image.open(io.BytesIO(documents.inside(path)))
    format = image.format
    image = to_srgb(upright(image, format), image.info.get("icc_profile"), None)
    # Office programs leave their paper out.
    paper = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(paper, image) if path.endswith(documents.ON_PAPER) else image


def by_poppler(path):
    """The first page of a PDF, a pixel for each point."""
    return Image.open(io.BytesIO(documents.page(path))).convert("RGBA").reduce(documents.FINER)


# By how the path ends: who reads it instead, and why.
SPECIAL = (
    # They hold light, of which Pillow knows nothing and ImageMagick only as much as is below white.
    ((".hdr", ".exr"), light.picture),
    ((".svg", ".svgz"), by_librsvg),
    ((".pdf",), by_poppler),
    (documents.WITH_SOMETHING_INSIDE, inside),
    ((".heic", ".heif", ".hif", ".avif", ".avifs"), by_libheif),
    # Its composite is white, which is what everybody else shows.
    (("8x4x8bit-grayscale.psd",), photoshops_preview),
    # Debian's Pillow knows none or not all of these.
    ((".jxl",), by_djxl),
    ((".qoi",), by_ffmpeg),
    ((".dds",), by_imagemagick),
    # It shows the first in negative, puts the second a row too low and takes the third for grey.
    ((".xbm", ".xpm", "p_4_planes.pcx"), by_imagemagick),
    # Debian's Pillow leaves out the mask of a cursor.
    ((".cur",), by_imagemagick),
    # It loses its place in runs that skip pixels.
    (("pal4rle.bmp", "pal4rletrns.bmp", "pal8rletrns.bmp"), by_ffmpeg),
    (("badrle.bmp", "badrlebis.bmp", "badrleter.bmp"), runs.picture),
    (("badrle4.bmp", "badrle4bis.bmp", "badrle4ter.bmp"), runs.picture),
    # It shows indices beyond the palette as greys, and ImageMagick as the first colour. FFmpeg's are black, like ours.
    (("pal8badindex.bmp",), by_ffmpeg),
    # It drops the one bit of alpha; in a TGA it also mistakes the order of colours, and ImageMagick halves it in a BMP.
    (("rgba16-5551.bmp",), one_bit_of_alpha),
    (("rgba16.tga",), by_imagemagick),
)


def largest_inside(path):
    """The largest JPEG in a camera's RAW file, wherever it lies: Pillow takes the first it comes upon."""
    with open(path, "rb") as file:
        data = file.read()
    found = []
    for start in re.finditer(rb"\xff\xd8\xff", data):
        try:
            image = Image.open(io.BytesIO(data[start.start() :]))
            image.load()
        except (OSError, SyntaxError, ValueError):
            continue
        found.append(image)
    image = max(found, key=lambda image: image.width * image.height)
    return to_srgb(upright(image, image.format), image.info.get("icc_profile"), None)


def decoders(path):
    """Who is asked, one after the other."""
    if path.lower().endswith((".dng", ".cr2", ".cr3")):
        return [largest_inside]
    special = [decode for ends, decode in SPECIAL if path.lower().endswith(ends)]
    return special or [by_pillow, by_imagemagick]


def answer(path):
    words = []
    for decode in decoders(path):
        try:
            image = decode(path)
        except Exception as error:  # whatever a decoder says of a strange file is an answer
            words.append(f"{decode.__name__}: {error}")
            continue
        return f"{image.width} {image.height} {decode.__name__}", image.tobytes()
    return "- " + "; ".join(words).replace("\n", " "), b""


def main():
    # Decoders print to both streams; answers have a stream of their own.
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    for line in sys.stdin.buffer:
        head, pixels = answer(os.fsdecode(line.rstrip(b"\n")))
        out.write(head.encode(errors="replace") + b"\n" + pixels)
        out.flush()


main()
