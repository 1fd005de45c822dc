#!/usr/bin/env python3
"""Paints the sample pictures: `python3 samples/make.py`, with Pillow (Debian: python3-pil).

One picture for each thing that thumbnailers get wrong: orientation, transparency, animation, depth, inks.
The same numbers give the same pictures; the bytes may differ with Pillow's version.
"""

import math
import os
import random
import struct
import zlib

from PIL import Image, ImageDraw, ImageFilter

DUSK = [(24, 28, 68), (92, 58, 118), (226, 108, 98), (255, 190, 120), (255, 226, 164)]
MORNING = [(104, 158, 206), (164, 200, 222), (222, 226, 214), (250, 232, 200)]
NIGHT = [(4, 6, 22), (14, 24, 60), (36, 58, 104), (96, 112, 144)]


def blend(a, b, t):
    return tuple(x + (y - x) * t for x, y in zip(a, b))


def at(stops, t):
    """The colour at t, 0 to 1, along evenly spaced stops."""
    place = min(max(t, 0.0), 1.0) * (len(stops) - 1)
    index = min(int(place), len(stops) - 2)
    return blend(stops[index], stops[index + 1], place - index)


def rounded(colour):
    return tuple(round(c) for c in colour)


def sky(size, stops):
    column = Image.new("RGB", (1, size[1]))
    column.putdata([rounded(at(stops, y / size[1])) for y in range(size[1])])
    return column.resize(size)


def ridge(rng, width, base, height, roughness):
    """Heights of a mountain range: waves of falling size, then crags."""
    waves = [(rng.uniform(0.6, 1.4) * 2**i, rng.uniform(0, 7), roughness**i) for i in range(8)]
    total = sum(w[2] for w in waves)
    return [
        base - height * sum(a * math.sin(f * 4 * x / width + p) for f, p, a in waves) / total for x in range(width)
    ]


def mountains(picture, rng, near, far, count=5, top=0.45, bottom=0.95):
    """Ranges one before the other, paler the farther."""
    draw = ImageDraw.Draw(picture)
    width, height = picture.size
    for layer in range(count):
        t = layer / (count - 1)
        heights = ridge(rng, width, height * (top + (bottom - top) * t), height * 0.11, 0.5 + 0.1 * (1 - t))
        outline = [(x, y) for x, y in enumerate(heights)] + [(width, height), (0, height)]
        draw.polygon(outline, fill=rounded(blend(far, near, t)))


def glow(picture, centre, radius, colour):
    """A disc of light and the haze round it."""
    x, y = centre
    for spread, strength in ((4.2, 70), (2.2, 90)):
        haze = Image.new("L", picture.size, 0)
        reach = radius * spread
        ImageDraw.Draw(haze).ellipse((x - reach, y - reach, x + reach, y + reach), fill=strength)
        picture.paste(colour, mask=haze.filter(ImageFilter.GaussianBlur(reach / 3)))
    ImageDraw.Draw(picture).ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)


def upright_dusk():
    """Stored on its side, with the EXIF note (6) that says how to turn it: the sun belongs at the top."""
    picture = sky((1800, 2400), DUSK)
    glow(picture, (1180, 1010), 120, (255, 244, 214))
    mountains(picture, random.Random(11), (22, 20, 46), (206, 116, 122), count=6, top=0.47, bottom=0.92)
    picture = picture.resize((900, 1200), Image.LANCZOS)
    exif = Image.Exif()
    exif[0x0112] = 6
    picture.transpose(Image.ROTATE_90).save("dusk-on-its-side.jpg", quality=80, exif=exif)


def progressive_morning():
    picture = sky((2400, 1500), MORNING)
    glow(picture, (620, 470), 90, (255, 250, 232))
    mountains(picture, random.Random(4), (38, 74, 78), (176, 200, 204), count=7, top=0.42, bottom=0.97)
    picture.resize((1200, 750), Image.LANCZOS).save("morning-progressive.jpg", quality=82, progressive=True)


def transparent_rings():
    """Translucent discs on nothing: dark edges here mean that somebody resized without premultiplying."""
    size = 1200
    picture = Image.new("RGBA", (size, size), (0, 0, 0, 0))
    colours = [(239, 71, 111), (255, 158, 66), (255, 209, 102), (6, 190, 160), (17, 138, 178), (118, 94, 190)]
    for index, colour in enumerate(colours):
        angle = index * math.tau / len(colours) - math.pi / 2
        x, y = size / 2 + 270 * math.cos(angle), size / 2 + 270 * math.sin(angle)
        layer = Image.new("RGBA", picture.size, colour + (0,))
        ImageDraw.Draw(layer).ellipse((x - 290, y - 290, x + 290, y + 290), fill=colour + (165,))
        picture = Image.alpha_composite(picture, layer)
    ImageDraw.Draw(picture).ellipse((470, 470, 730, 730), fill=(0, 0, 0, 0))
    picture.resize((600, 600), Image.LANCZOS).quantize(192, method=Image.FASTOCTREE).convert("RGBA").save(
        "rings-transparent.png", optimize=True
    )


def animated_moon():
    """A moon through its phases; the first frame is the full one."""
    frames = []
    for step in range(12):
        picture = Image.new("RGB", (640, 640), (13, 17, 38))
        draw = ImageDraw.Draw(picture)
        rng = random.Random(3)
        for _ in range(90):
            x, y, r = rng.uniform(0, 640), rng.uniform(0, 640), rng.uniform(0.8, 2.6)
            draw.ellipse((x - r, y - r, x + r, y + r), fill=(150, 160, 190))
        draw.ellipse((140, 140, 500, 500), fill=(246, 236, 200))
        for x, y, r in ((250, 250, 42), (380, 220, 26), (330, 370, 58), (230, 390, 22), (420, 330, 30)):
            draw.ellipse((x - r, y - r, x + r, y + r), fill=(226, 212, 170))
        shadow = 60 * step - 360
        if step:
            draw.ellipse((134 + shadow, 134, 506 + shadow, 506), fill=(13, 17, 38))
        frames.append(picture.resize((220, 220), Image.LANCZOS).quantize(16, dither=Image.NONE))
    frames[0].save("moon-animated.gif", save_all=True, append_images=frames[1:], duration=160, loop=0, optimize=True)


def deep_night():
    """Sixteen bits a channel, in so slow a gradient that eight would show bands. Pillow cannot write it."""
    width, height, white = 800, 500, 65535
    heights = ridge(random.Random(29), width, 440, 46, 0.52)
    rows = []
    for y in range(height):
        colour = [round(c * 257) for c in at(NIGHT, y / height)]
        row = []
        for x in range(width):
            moon = min(max(34.5 - math.hypot(x - 590, y - 130), 0), 1)
            ground = min(max(y - heights[x] + 0.5, 0), 1)
            row += [round(c + (m - c) * moon) * (1 - ground) + 900 * ground for c, m in zip(colour, (white, 64000, 57000))]
        rows.append([round(value) for value in row])
    write_png16("night-16bit.png", width, height, rows)


def write_png16(name, width, height, rows):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packed = [struct.pack(f">{3 * width}H", *row) for row in rows]
    lines = bytearray()
    for line in packed:  # each byte less the one of the pixel before: rows of one colour become zeros
        lines += b"\1" + bytes((b - a) & 255 for a, b in zip(bytes(6) + line, line))
    header = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    with open(name, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header))
        file.write(chunk(b"IDAT", zlib.compress(bytes(lines), 9)) + chunk(b"IEND", b""))


def cmyk_poppies():
    """Four inks instead of three lights, inverted as Adobe does: read wrongly it is a photographic negative."""
    rng = random.Random(8)
    picture = sky((1600, 1200), [(176, 214, 226), (226, 236, 216), (246, 240, 206)])
    draw = ImageDraw.Draw(picture)
    draw.polygon([(x, y) for x, y in enumerate(ridge(rng, 1600, 720, 60, 0.4))] + [(1600, 1200), (0, 1200)], fill=(142, 176, 106))
    draw.polygon([(x, y) for x, y in enumerate(ridge(rng, 1600, 880, 50, 0.4))] + [(1600, 1200), (0, 1200)], fill=(92, 142, 82))
    for number in range(70):
        depth = number / 69
        x, y, r = rng.uniform(0, 1600), 820 + 360 * depth + rng.uniform(-30, 30), 10 + 52 * depth
        draw.line((x, y, x + rng.uniform(-20, 20), y + r * 5), fill=(60, 108, 58), width=max(2, int(r / 8)))
        red = rounded(blend((226, 96, 72), (206, 34, 34), depth))
        for angle in range(0, 360, 72):
            px, py = x + 0.55 * r * math.cos(math.radians(angle)), y + 0.45 * r * math.sin(math.radians(angle))
            draw.ellipse((px - 0.62 * r, py - 0.55 * r, px + 0.62 * r, py + 0.55 * r), fill=red)
        draw.ellipse((x - 0.24 * r, y - 0.22 * r, x + 0.24 * r, y + 0.22 * r), fill=(44, 26, 34))
    picture.resize((800, 600), Image.LANCZOS).convert("CMYK").save("poppies-cmyk.jpg", quality=56)


def tiled_tiff():
    """Glazed tiles, deflated."""
    edge, count = 300, 4
    tile = Image.new("RGB", (edge, edge), (244, 240, 228))
    draw = ImageDraw.Draw(tile)
    blue, pale, ochre = (28, 70, 140), (122, 162, 206), (224, 166, 62)
    for corner in ((0, 0), (edge, 0), (0, edge), (edge, edge)):
        for radius, colour in ((150, blue), (120, (244, 240, 228)), (104, pale), (60, blue), (34, ochre)):
            draw.ellipse((corner[0] - radius, corner[1] - radius, corner[0] + radius, corner[1] + radius), fill=colour)
    half = edge / 2
    for radius, colour in ((86, blue), (70, (244, 240, 228)), (54, ochre), (30, blue), (14, (244, 240, 228))):
        draw.polygon([(half, half - radius), (half + radius, half), (half, half + radius), (half - radius, half)], fill=colour)
    wall = Image.new("RGB", (edge * count, edge * (count - 1)))
    for index in range(count * (count - 1)):
        wall.paste(tile, (edge * (index % count), edge * (index // count)))
    joints = ImageDraw.Draw(wall)
    for line in range(1, count):
        joints.line((edge * line, 0, edge * line, wall.height), fill=(190, 184, 170), width=4)
        joints.line((0, edge * line, wall.width, edge * line), fill=(190, 184, 170), width=4)
    wall.resize((480, 360), Image.LANCZOS).save("tiles.tiff", compression="tiff_adobe_deflate")


if __name__ == "__main__":
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "pictures"))
    for paint in (upright_dusk, progressive_morning, transparent_rings, animated_moon, deep_night, cmyk_poppies, tiled_tiff):
        paint()
