"""Covers, pages and previews as somebody else finds them: Python's own ZIP and XML, FFmpeg, Poppler.

Knows where each kind of file has its picture. Knows nothing of pictures.
"""

import json
import re
import xml.etree.ElementTree as ElementTree
import zipfile

from programs import said

OFFICE = (".odt", ".ods", ".odp", ".sxw", ".docx", ".pptx", ".xlsx")
ON_PAPER = (".odt", ".ods", ".odp", ".sxw")
COMICS = (".cbz",)
BOOKS = (".epub",)
SOUND = (".mp3", ".flac", ".m4a", ".m4b", ".ogg", ".wav")
WITH_SOMETHING_INSIDE = OFFICE + COMICS + BOOKS + SOUND
PAGES = (".jpg", ".jpeg", ".png", ".webp", ".gif")


# How much finer than points pages are drawn before they are made smaller: at a pixel for each point Poppler moves lines
# onto whole pixels.
FINER = 4


def page(path):
    """A PNG of the first page's crop box, some pixels for each point."""
    return said(["pdftoppm", "-singlefile", "-cropbox", "-r", str(72 * FINER), "-png", path])


def inside(path):
    """The bytes of the picture."""
    if path.endswith(SOUND):
        return cover_of_sound(path)
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        if path.endswith(OFFICE):
            return archive.read(next(name for name in names if re.search(r"(?i)thumbnails?[./]", name)))
        if path.endswith(COMICS):
            pages = [name for name in names if name.lower().endswith(PAGES) and "__MACOSX" not in name]
            return archive.read(min(pages, key=as_people_count))
        return archive.read(cover_of_book(archive, names))


def as_people_count(name):
    return [(int(part), "") if part.isdigit() else (-1, part.lower()) for part in re.split(r"(\d+)", name)]


def cover_of_book(archive, names):
    """By the manifest of the package: the item that is the cover, or that the metadata name as one."""
    (package,) = (name for name in names if name.endswith(".opf"))
    text = archive.read(package)
    # One is in UTF-16 and says that it is in UTF-8.
    wide = text.startswith((b"\xff\xfe", b"\xfe\xff"))
    root = ElementTree.fromstring(re.sub(r"^<\?xml[^>]*>", "", text.decode("utf-16")) if wide else text)
    items = [element for element in root.iter() if element.tag.endswith("}item")]
    named = {element.get("content") for element in root.iter() if element.get("name") == "cover"}
    for item in items:
        if "cover-image" in (item.get("properties") or "") or named & set(item.attrib.values()):
            return package.rpartition("/")[0] + "/" * ("/" in package) + item.get("href")
    raise OSError("no cover is named")


def cover_of_sound(path):
    """The picture that FFmpeg calls the front, or the first."""
    words = ["ffprobe", "-v", "error", "-show_streams", "-select_streams", "v", "-of", "json", path]
    streams = json.loads(said(words))["streams"]
    fronts = [stream["tags"].get("comment") == "Cover (front)" if "tags" in stream else False for stream in streams]
    chosen = fronts.index(True) if True in fronts else 0
    return said(["ffmpeg", "-v", "error", "-i", path, "-map", f"0:v:{chosen}", "-c", "copy", "-f", "image2pipe", "-"])
