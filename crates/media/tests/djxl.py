"""JPEG XL as libjxl's own decoder sees it. Knows nothing of other formats, nor of what is done with the picture."""

import array
import ast
import os
import struct
import subprocess
import tempfile

from PIL import Image, ImageChops
from programs import SECONDS

# What djxl 0.7 writes as PNG only after a fashion: floats, 12 bits, more than four channels. It gives all of them as
# floats, which takes longer.
AS_FLOATS = (
    "alpha_nonpremultiplied.jxl",
    "alpha_premultiplied.jxl",
    "alpha_triangles.jxl",
    "blendmodes.jxl",
    "cmyk_layers.jxl",
    "lossless_pfm.jxl",
    "sunset_logo.jxl",
)
# Linear: 8 bits, which is what Pillow makes of grey, would be too few. Given as sRGB instead.
LINEAR_GREY = ("grayscale.jxl",)
# Their colours are multiplied by their alpha.
PREMULTIPLIED = ("alpha_premultiplied.jxl",)


def picture(path):
    """The first frame, and its profile or nothing."""
    with tempfile.TemporaryDirectory() as folder:
        icc = os.path.join(folder, "icc")
        if path.endswith(AS_FLOATS):
            image = of_floats(decoded(path, os.path.join(folder, "out.npy"), icc))
            if path.endswith(PREMULTIPLIED):
                image = Image.frombytes("RGBa", image.size, image.tobytes()).convert("RGBA")
        else:
            image = Image.open(decoded(path, os.path.join(folder, "out.png"), icc))
            image.load()
        with open(icc, "rb") as file:
            return image, file.read()


def decoded(path, out, icc):
    # It says everything on the stream for errors.
    space = ["--color_space=Gra_D65_Rel_SRG"] if path.endswith(LINEAR_GREY) else []
    subprocess.run(["djxl", path, out, f"--icc_out={icc}", *space], capture_output=True, timeout=SECONDS, check=True)
    return out


def of_floats(path):
    """NumPy's format: frames, rows, columns, channels."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<H", file.read(10)[8:])
        _, height, width, channels = ast.literal_eval(file.read(length).decode())["shape"]
        samples = array.array("f", file.read(height * width * channels * 4))
    planes = [plane(samples[at::channels], (width, height)) for at in range(channels)]
    if channels <= 4:
        return Image.merge(("L", "LA", "RGB", "RGBA")[channels - 1], planes)
    # Cyan, magenta, yellow, black, for which 1 is no ink; alpha is 1 everywhere.
    return Image.merge("CMYK", [ImageChops.invert(ink) for ink in planes[:4]])


def plane(samples, size):
    image = Image.frombytes("F", size, samples.tobytes(), "raw", "F;32NF")
    return image.point(lambda level: level * 255 + 0.5).convert("L")
