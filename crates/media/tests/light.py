"""Formats that hold light and not levels, decoded by FFmpeg or libvips: Radiance HDR, OpenEXR, floats in a TIFF.

Pixels are the decoders'. How light of any brightness is shown is our own decision, which tone.rs and floats.rs state in
words; it is written here a second time, from those words. Knows nothing of other formats.
"""

import array
import collections
import math
import os
import struct
import subprocess
import tempfile

from PIL import Image
from programs import SECONDS, said

# How FFmpeg lays out what it decodes: planes, in the order red, green, blue, alpha, and the type of their samples.
# Asking for another layout would go through 16 bits and cut off what is brighter than white.
PLANES = {
    "gbrpf32": ((2, 0, 1), "f"),
    "gbrapf32": ((2, 0, 1, 3), "f"),
    "gbrpf16": ((2, 0, 1), "e"),
    "gbrapf16": ((2, 0, 1, 3), "e"),
    "grayf32": ((0, 0, 0), "f"),
    "grayf16": ((0, 0, 0), "e"),
}
# What Debian's FFmpeg does not know: Radiance HDR, luminance with less chroma, and a DWA of which it shows only zeros.
# libvips reads the first by Radiance's own code and the others by OpenEXR's own library. Only their colours are taken,
# because its versions count alpha to 1 or to 255; these have none.
BY_VIPS = (".hdr", "comp_b44.exr", "comp_dwaa_v1.exr")
# Up to here light is kept in any picture.
KNEE = 0.25
# One pixel in so many may be brighter than what becomes white.
GLINTS = 1000
# As bright as anything may be, infinity too: squares of more would overflow.
BRIGHTEST = 1e15
# sRGB levels by light, finely enough that neighbours differ by at most one level.
STEPS = 1 << 14


def picture(path):
    """RGBA of 8 bits."""
    return shown(*(by_vips(path) if path.endswith(BY_VIPS) else by_ffmpeg(path)))


def by_ffmpeg(path):
    """Size and planes of the display window, which FFmpeg fills with 0 where there are no data."""
    fields = ("-show_entries", "stream=width,height,pix_fmt", "-of", "csv=p=0")
    width, height, layout = said(["ffprobe", "-v", "error", *fields, path]).decode().strip().split(",")
    raw = said(["ffmpeg", "-v", "error", "-i", path, "-frames:v", "1", "-f", "rawvideo", "-"])
    order, kind = PLANES[layout.removesuffix("le").removesuffix("be")]
    area = int(width) * int(height)
    stored = len(set(order))
    # Python's memoryview knows floats of 32 bits, struct those of 16; both in the machine's order, as FFmpeg has them.
    samples = memoryview(raw).cast("f") if kind == "f" else struct.unpack(f"={area * stored}e", raw)
    return (int(width), int(height)), [samples[plane * area : (plane + 1) * area] for plane in order]


def by_vips(path):
    """Size and colours of the data window, by way of libvips' own format: a header of 64 bytes, then floats."""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "light.v")
        # Nothing is said but by way of the file.
        subprocess.run(["vips", "cast", path, out, "float"], check=True, timeout=SECONDS)
        with open(out, "rb") as file:
            header, data = file.read(64), file.read()
    # The order of bytes is the machine's, in header and floats alike.
    width, height, bands = struct.unpack("=3i", header[4:16])
    samples = array.array("f", data[: width * height * bands * 4])
    return (width, height), [samples[band::bands] for band in range(3)]


def shown(size, planes):
    """Light as it is to be looked at."""
    pixels = list(planes) + [array.array("f", [1.0]) * len(planes[0])] * (4 - len(planes))
    levels = Levels(white(pixels))
    return Image.frombytes("RGBA", size, b"".join(levels[pixel] for pixel in zip(*pixels)))


def white(pixels):
    """How bright the brightest pixels are, but for a few glints."""
    # Most pictures have fewer colours than pixels.
    counts = collections.Counter(zip(*pixels))
    glints = len(pixels[0]) // GLINTS
    for light, count in sorted(((max(straight(pixel)), count) for pixel, count in counts.items()), reverse=True):
        glints -= count
        if glints < 0:
            return light
    return 0.0


def straight(pixel):
    """Colours are stored multiplied by alpha; light without alpha glows."""
    *lights, alpha = pixel
    divisor = within(alpha, 1.0) or 1.0
    return [within(light / divisor, BRIGHTEST) for light in lights]


class Levels(dict):
    """The levels of pixels, by their light, in a picture as bright as `white`."""

    def __init__(self, white):
        super().__init__()
        self.white = white

    def __missing__(self, pixel):
        lights = straight(pixel)
        brightest = max(lights)
        is_bent = self.white > 1.0 and brightest > KNEE
        factor = bent(brightest, self.white) / brightest if is_bent else 1.0
        levels = [SRGB[round(min(light * factor, 1.0) * STEPS)] for light in lights]
        self[pixel] = bytes([*levels, round(within(pixel[3], 1.0) * 255)])
        return self[pixel]


def within(number, most):
    """What is negative or no number is 0."""
    return min(number, most) if number > 0 else 0.0


def bent(light, white):
    """Reinhard's extended curve, above the knee: it starts there as it is, and `white` becomes 1."""
    room = 1.0 - KNEE
    light, white = (light - KNEE) / room, (white - KNEE) / room
    return KNEE + room * min(light * (1.0 + light / white**2) / (1.0 + light), 1.0)


def stretched(image):
    """Numbers whose meaning nobody declared, as grey. Within 0 and 1 they are light, else levels of their own range."""
    numbers = array.array("f", image.convert("F").tobytes())
    finite = [number for number in numbers if math.isfinite(number)]
    least, most = min(finite), max(finite)
    if least >= 0.0 and most <= 1.0:
        return shown(image.size, [numbers] * 3).convert("RGB")
    scale = 255 / ((most - least) or 1.0)
    levels = bytes(round((min(max(number, least), most) - least) * scale) for number in numbers)
    return Image.frombytes("L", image.size, levels)


def srgb(light):
    """Light of 0 to 1 as a level of 0 to 255."""
    encoded = 12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055
    return round(min(max(encoded, 0), 1) * 255)


SRGB = bytes(srgb(step / STEPS) for step in range(STEPS + 1))
