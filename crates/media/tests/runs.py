"""Damaged runs of a BMP, which no two decoders show alike: drawn as Microsoft describes runs, whatever lies outside of
the picture being left out, and what no run names having the first colour.

gdk-pixbuf draws the same but for that colour, for which it has holes; FFmpeg stops where the damage begins, Pillow
loses its place, and ImageMagick goes on in the next row. Knows nothing of other BMPs.
"""

import itertools
import struct

from PIL import Image

RUNS_OF_4_BITS = 2


def picture(path):
    """RGBA of 8 bits."""
    with open(path, "rb") as file:
        data = file.read()
    start, header, width, height = struct.unpack("<I3I", data[10:26])
    (compression,) = struct.unpack("<I", data[30:34])
    colors = data[14 + header : start]
    palette = b"".join(colors[at : at + 3][::-1] for at in range(0, len(colors), 4))
    indices = drawn(data[start:], compression == RUNS_OF_4_BITS, (width, height))
    image = Image.frombytes("P", (width, height), indices, "raw", "P", 0, -1)
    image.putpalette(palette)
    return image.convert("RGBA")


def drawn(data, has_4_bits, size):
    """The index of each pixel, the lowest row first."""
    (width, height), x, y = size, 0, 0
    indices = bytearray(width * height)
    stream = iter(data)
    for count, value in zip(stream, stream):
        run = ()
        if count:
            run = itertools.islice(itertools.cycle(halves(value) if has_4_bits else (value,)), count)
        elif value == 0:
            x, y = 0, y + 1
        elif value == 1:
            break
        elif value == 2:
            x, y = x + next(stream), y + next(stream)
        else:
            # Pixels as they are, in whole words of two bytes.
            length = (value + 1) // 2 if has_4_bits else value
            stored = list(itertools.islice(stream, length + length % 2))[:length]
            run = [half for byte in stored for half in halves(byte)][:value] if has_4_bits else stored
        for index in run:
            if x < width and y < height:
                indices[y * width + x] = index
            x += 1
    return bytes(indices)


def halves(byte):
    return byte >> 4, byte & 15
