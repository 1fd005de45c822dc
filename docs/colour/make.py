#!/usr/bin/env python3
"""Makes the pictures of docs/colour.md: `python3 docs/colour/make.py PATH/TO/tintype`.

Paints a landscape in light (candela per square metre, primaries of BT.2020) with lamps and a sun, writes it as PNG in
PQ and in HLG, and lets the program make thumbnails of it; once without the chunk that says what the numbers are, which is
what a program without colour management shows. Wide colours go the same way, with and without their profile.
"""

import math
import os
import struct
import subprocess
import sys
import tempfile
import zlib

SIZE = (640, 400)
HERE = os.path.dirname(os.path.abspath(__file__))
PQ, HLG, SRGB = 16, 18, 13
BT2020, DISPLAY_P3 = 9, 12
# White on paper, by ITU-R BT.2408.
WHITE = 203.0


def mixed(a, b, t):
    t = min(max(t, 0.0), 1.0)
    return [x + (y - x) * t for x, y in zip(a, b)]


def scene(x, y):
    """Light at a place, both from 0 to 1: dusk, a sun at 4000 cd/m², hills, a white card and lamps of pure colours."""
    light = mixed((40, 90, 260), (900, 420, 160), y / 0.6)
    away = math.hypot((x - 0.72) * 1.6, y - 0.4)
    light = [a + b * math.exp(-((away / 0.16) ** 2)) for a, b in zip(light, (2600, 1500, 500))]
    if away < 0.05:
        light = [4000, 3600, 2800]
    for base, height, colour in ((0.56, 0.05, (70, 60, 62)), (0.68, 0.06, (26, 34, 20)), (0.82, 0.05, (5, 8, 4))):
        ridge = base + height * (math.sin(x * 9 + base * 40) + 0.4 * math.sin(x * 23 + base * 90))
        if y > ridge:
            light = mixed(colour, [c * 0.4 for c in colour], (y - ridge) * 3)
    if 0.1 < x < 0.22 and 0.72 < y < 0.92:
        light = [WHITE] * 3
    for at, colour in ((0.36, (700, 0, 0)), (0.46, (0, 700, 20)), (0.56, (20, 60, 900)), (0.66, (1500, 1500, 1500))):
        if math.hypot((x - at) * 1.6, y - 0.86) < 0.03:
            light = colour
    return light


def pq(light):
    """SMPTE ST 2084."""
    power = (max(light, 0.0) / 10000) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375


def hlg(light):
    """ARIB STD-B67 by ITU-R BT.2100, for a display of 1000 cd/m²: out of its light the scene's, and that as a number."""
    luminance = sum(l * share for l, share in zip(light, (0.2627, 0.678, 0.0593))) / 1000
    numbers = []
    for level in light:
        level = min(level / 1000 * luminance ** (1 / 1.2 - 1), 1.0) if luminance > 0 else 0.0
        bright = 0.17883277 * math.log(max(12 * level - 0.28466892, 1e-9)) + 0.55991073
        numbers.append(math.sqrt(3 * level) if level <= 1 / 12 else bright)
    return numbers


def png(path, pixels, code_points):
    """16 bits, with cICP if there is anything to say."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    width, height = SIZE
    rows = b"".join(
        b"\0" + struct.pack(f">{width * 3}H", *(round(n * 65535) for pixel in pixels[y * width : (y + 1) * width] for n in pixel))
        for y in range(height)
    )
    said = chunk(b"cICP", bytes([*code_points, 0, 1])) if code_points else b""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0))
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + head + said + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def wheel(x, y):
    """Hues round a centre, pale within and as pure as Display P3 has them without, as numbers."""
    angle, radius = math.atan2(y - 0.5, (x - 0.5) * 1.6), min(math.hypot((x - 0.5) * 1.6, y - 0.5) * 2.2, 1.0)
    hue = [0.5 + 0.5 * math.cos(angle - turn) for turn in (0, 2.094, 4.189)]
    return mixed((0.85,) * 3, hue, radius)


def places():
    width, height = SIZE
    return (((x + 0.5) / width, (y + 0.5) / height) for y in range(height) for x in range(width))


def main(program):
    dusk = [scene(x, y) for x, y in places()]
    wide = [wheel(x, y) for x, y in places()]
    as_pq = [[pq(level) for level in light] for light in dusk]
    as_hlg = [hlg(light) for light in dusk]
    pictures = (
        ("pq-as-if-srgb", as_pq, None),
        ("pq", as_pq, (BT2020, PQ)),
        ("hlg-as-if-srgb", as_hlg, None),
        ("hlg", as_hlg, (BT2020, HLG)),
        ("p3-as-if-srgb", wide, None),
        ("p3", wide, (DISPLAY_P3, SRGB)),
    )
    with tempfile.TemporaryDirectory() as folder:
        for name, pixels, code_points in pictures:
            source = os.path.join(folder, f"{name}.png")
            png(source, pixels, code_points)
            out = os.path.join(HERE, f"{name}.webp")
            subprocess.run([program, "thumbnail", source, out, "--size", "320"], check=True)


main(sys.argv[1])
