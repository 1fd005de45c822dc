"""Pictures as somebody else's decoders see them: Pillow first, ImageMagick where Pillow cannot.

Reads one file name a line; answers each with a line "WIDTH HEIGHT DECODER" and that many RGBA pixels, upright and in
sRGB, or with a line "- WORDS" when neither decoder opens it. Knows nothing of thumbnails.
"""

import io
import os
import subprocess
import sys

from PIL import Image, ImageCms, ImageOps

Image.MAX_IMAGE_PIXELS = None
SRGB = ImageCms.createProfile("sRGB")
SRGB_GAMMA = 0.45455
# ImageMagick reads these itself: Pillow cannot, or shows raw floats.
BY_IMAGEMAGICK = (".hdr", ".exr", ".dds")


def upright(image):
    """Turned by EXIF, also where Pillow's own transposition does not look: XMP and text chunks come parsed."""
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
    image = Image.open(path)
    image.load()
    profile = image.info.get("icc_profile")
    gamma = image.info.get("gamma")
    if "srgb" in image.info or (gamma and abs(gamma - SRGB_GAMMA) < 0.006):
        gamma = None
    return to_srgb(upright(image), profile, gamma)


def by_imagemagick(path):
    """The first picture, through a format that Pillow knows. HDR formats hold light, so only those are encoded."""
    command = ["convert", f"{path}[0]", "-auto-orient", "-colorspace", "sRGB", "-depth", "8", "png:-"]
    answer = subprocess.run(command, capture_output=True, timeout=60, check=False)
    if not answer.stdout:
        raise OSError(answer.stderr.decode(errors="replace").strip().replace("\n", "; ")[:200])
    return Image.open(io.BytesIO(answer.stdout)).convert("RGBA")


def answer(path):
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
