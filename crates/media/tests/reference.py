"""Pictures as somebody else's decoders see them: Pillow first, ImageMagick where Pillow cannot.

Reads one file name a line; answers each with a line "WIDTH HEIGHT DECODER" and that many RGBA pixels, upright and in
sRGB, or with a line "- WORDS" when neither decoder opens it. Knows nothing of thumbnails.
"""

import io
import os
import re
import struct
import subprocess
import sys

from PIL import Image, ImageCms, ImageOps

Image.MAX_IMAGE_PIXELS = None
SRGB = ImageCms.createProfile("sRGB")
SRGB_GAMMA = 0.45455
ORIENTATION = 0x0112
# Turned already: Pillow does so itself when it loads a TIFF.
TURNED_BY_PILLOW = ("TIFF",)
# Where alpha that hides all of a picture was never meant: writers leave the byte at zero.
HIDING = ("BMP", "DIB", "TGA", "ICO")
# What neither decoder of Debian's knows, and the same picture in another format, as its authors made it.
SAME_AS = {"hopper.qoi": "../png/misc/hopper.png", "pil123rgba.qoi": "../png/misc/pil123rgba.png"}
# ImageMagick reads these itself: Pillow cannot, or shows raw floats.
BY_IMAGEMAGICK = (".hdr", ".exr", ".dds")


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
    elif image.mode == "F":
        image = image.convert("L")
    if image.mode in ("P", "PA", "1", "LA", "La", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    if image.mode == "LAB":
        image = ImageCms.profileToProfile(image, ImageCms.createProfile("LAB"), SRGB, outputMode="RGB")
    elif profile:
        image = managed(image if alpha is None else image.convert("RGB"), profile)
    elif gamma:
        curve = [srgb((level / 255) ** (1 / gamma)) for level in range(256)]
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


def srgb(light):
    encoded = 12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055
    return round(min(max(encoded, 0), 1) * 255)


def by_pillow(path):
    if path.lower().endswith(BY_IMAGEMAGICK):
        raise OSError("left to ImageMagick")
    if path.lower().endswith(".pfm"):
        return floats(path)
    image = Image.open(path)
    image.load()
    if image.mode in ("1", "L", "I") and "transparency" in image.info:
        raise OSError("left to ImageMagick: this Pillow scales levels but not the transparent one")
    profile = image.info.get("icc_profile") or bmp_profile(path)
    gamma = image.info.get("gamma")
    if "srgb" in image.info or (gamma and abs(gamma - SRGB_GAMMA) < 0.006):
        gamma = None
    format = image.format
    image = to_srgb(upright(image, format), profile, gamma)
    if format in HIDING and image.getchannel("A").getextrema() == (0, 0):
        image.putalpha(255)
    return image


def floats(path):
    """PFM, which Debian's Pillow does not know: levels of 0 to 255 in the corpus, rows upwards."""
    with open(path, "rb") as file:
        lines = [file.readline().strip() for _ in range(3)]
        data = file.read()
    size = tuple(int(word) for word in lines[1].split())
    order = "F;32BF" if float(lines[2]) > 0 else "F;32F"
    return Image.frombytes("F", size, data, "raw", order, 0, -1).convert("L").convert("RGBA")


def bmp_profile(path):
    """The ICC profile inside a BMP of version 5, which Pillow leaves alone."""
    with open(path, "rb") as file:
        head = file.read(138)
        if len(head) < 138 or head[:2] != b"BM" or head[14:18] != b"|\0\0\0" or head[70:74] != b"DEBM":
            return None
        offset, length = struct.unpack("<II", head[126:134])
        file.seek(14 + offset)
        return file.read(length)


def by_imagemagick(path):
    """The first picture, through a format that Pillow knows. HDR formats hold light, so only those are encoded."""
    command = ["convert", f"{path}[0]", "-auto-orient", "-colorspace", "sRGB", "-depth", "8", "png:-"]
    answer = subprocess.run(command, capture_output=True, timeout=60, check=False)
    if not answer.stdout:
        raise OSError(answer.stderr.decode(errors="replace").strip().replace("\n", "; ")[:200])
    return Image.open(io.BytesIO(answer.stdout)).convert("RGBA")


def answer(path):
    folder, name = os.path.split(path)
    if name in SAME_AS:
        # The twin's own remarks on gamma are not this file's.
        image = Image.open(os.path.join(folder, SAME_AS[name])).convert("RGBA")
        return f"{image.width} {image.height} twin", image.tobytes()
    words = []
    for decode in (by_pillow, by_imagemagick):
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
