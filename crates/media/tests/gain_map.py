"""HDR pictures with a map of gains (ISO 21496-1) as ordinary screens show them: the standard's formula on two pictures that
libavif's tool decodes, which does not know of such maps itself.

Knows enough of boxes to find the map and its numbers; knows nothing of thumbnails.
"""

import io
import os
import struct
import tempfile

from light import srgb
from PIL import Image
from programs import ran, said

# SMPTE ST 2084, and the light of white on an ordinary screen (ITU-R BT.2408).
M1, M2, C1, C2, C3 = 1305 / 8192, 2523 / 32, 107 / 128, 2413 / 128, 2392 / 128
WHITE = 203
# Steps of light in the table of sRGB's numbers: enough for its steep end.
STEPS = 1 << 16


def png(path):
    """As PNG, in sRGB's numbers of the base's primaries."""
    with open(path, "rb") as file:
        data = file.read()
    recipe, map_item = recipe_and_map(data)
    with tempfile.TemporaryDirectory() as made:
        base, alpha = decoded(path, made)
        other = os.path.join(made, "map.avif")
        with open(other, "wb") as file:
            file.write(showing(data, map_item))
        ran(["avifdec", other, os.path.join(made, "map.png")])
        with Image.open(os.path.join(made, "map.png")) as gains:
            gains = gains.convert("RGB").resize(alpha.size, Image.Resampling.BILINEAR).tobytes()
    shown = Image.frombytes("RGB", alpha.size, mapped(base, gains, recipe))
    shown.putalpha(alpha)
    out = io.BytesIO()
    shown.save(out, "PNG")
    return out.getvalue()


def decoded(path, folder):
    """Numbers of 16 bits, of which Pillow would leave 8; and alpha, for which those do."""
    out = os.path.join(folder, "base.png")
    ran(["avifdec", path, out])
    words = said(["convert", out, "-alpha", "off", "-depth", "16", "-endian", "LSB", "rgb:-"])
    with Image.open(out) as image:
        alpha = image.convert("RGBA").getchannel("A")
    return struct.unpack(f"<{len(words) // 2}H", words), alpha


def mapped(base, gains, recipe):
    lights = [light_of_pq(level / 65535) for level in range(65536)]
    numbers = bytes(srgb(step / STEPS) for step in range(STEPS + 1))
    out = bytearray(len(base))
    for channel, (least, most, gamma, base_offset, other_offset) in enumerate(recipe):
        powers = (least + (most - least) * (level / 255) ** (1 / gamma) for level in range(256))
        factors = [2**-power for power in powers]
        out[channel::3] = bytes(
            numbers[int(min(max((lights[level] + base_offset) * factors[gain] - other_offset, 0), 1) * STEPS)]
            for level, gain in zip(base[channel::3], gains[channel::3])
        )
    return bytes(out)


def light_of_pq(number):
    power = number ** (1 / M2)
    return (max(power - C1, 0) / (C2 - C3 * power)) ** (1 / M1) * 10000 / WHITE


def boxes(data, start, end):
    while start + 8 <= end:
        size, kind = struct.unpack_from(">I4s", data, start)
        yield kind, start + 8, start + size
        start += size


def index(data):
    """Where the boxes of the index are, by name."""
    meta = next((start, end) for kind, start, end in boxes(data, 0, len(data)) if kind == b"meta")
    return {kind: (start, end) for kind, start, end in boxes(data, meta[0] + 4, meta[1])}


def recipe_and_map(data):
    """Five numbers for each channel, and the item that is the map."""
    found = index(data)
    tmap = None
    for _, start, _ in boxes(data, found[b"iinf"][0] + 6, found[b"iinf"][1]):
        item, _, kind = struct.unpack_from(">HH4s", data, start + 4)
        tmap = item if kind == b"tmap" else tmap
    for kind, start, _ in boxes(data, found[b"iref"][0] + 4, found[b"iref"][1]):
        item, count, _, gain_map = struct.unpack_from(">HHHH", data, start)
        if (kind, item, count) == (b"dimg", tmap, 2):
            at = place(data, found, tmap)
            return recipe(data, at), gain_map
    raise OSError("no map of gains")


def place(data, found, wanted):
    """Where an item's one piece begins: these files have offsets and lengths of four bytes, and no base."""
    start, _ = found[b"iloc"]
    version, sizes, count = data[start], *struct.unpack_from(">HH", data, start + 4)
    if sizes != 0x4400:
        raise OSError("places of another size")
    at = start + 8
    for _ in range(count):
        # Of what is but a file to refer to in version 0, version 1 has the way of storing before.
        item, method = struct.unpack_from(">HH", data, at)
        at += 6 if version else 4
        pieces, offset = struct.unpack_from(">HI", data, at)
        at += 2 + 8 * pieces
        if item == wanted:
            return offset + (found[b"idat"][0] if version and method & 15 == 1 else 0)
    raise OSError("no such item")


def recipe(data, at):
    flags = data[at + 5]
    channels = 3 if flags & 0x80 else 1
    numbers = struct.unpack_from(">" + "iIiIIIiIiI" * channels, data, at + 6 + 16)
    fractions = [top / bottom for top, bottom in zip(numbers[::2], numbers[1::2])]
    each = [fractions[first : first + 5] for first in range(0, len(fractions), 5)]
    return each if channels == 3 else each * 3


def showing(data, item):
    """The file with another item as its primary one."""
    start, _ = index(data)[b"pitm"]
    return data[: start + 4] + struct.pack(">H", item) + data[start + 6 :]
