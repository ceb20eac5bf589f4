"""Photos made harmless: decoded, turned upright, made smaller, and written anew without anything but their pixels.

What a file calls itself counts for nothing. Only what one of three decoders reads as a single still picture is taken;
whatever else the file carried (place, time, device, a second file behind the picture) is not in what is written.

Run as a program it reads one file from standard input and writes the photo to standard output, under limits of memory
and processor time. It imports nothing of ours, so that it starts in a moment and holds no secret: a file that breaks
a decoder breaks this process alone.
"""

import contextlib
import io
import os
import re
import resource
import struct
import sys
import warnings
from dataclasses import dataclass

# Imported by name, so that Pillow does not look through all of its decoders for the one that is asked for.
from PIL import Image, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

LONGEST_SIDE = 2048  # pixels
THUMBNAIL_SIDE = 480  # pixels
QUALITY = 82

MOST_PIXELS = {"JPEG": 50_000_000, "MPO": 50_000_000, "PNG": 12_000_000, "WEBP": 8_000_000}
"""Per format, by the memory that decoding takes. A JPEG is decoded at a fraction of its size; a phone's has up to 48
million pixels. MPO is the JPEG of cameras that put further views behind the first, which is the one we take."""

MOST_PROGRESSIVE = 16_000_000
"""Pixels of a JPEG that is decoded as a whole before any of it is made smaller. No camera writes such."""

MOST_SCANS = 64
"""Passes over a JPEG; each may cost as much as the whole picture. What programs write has about ten."""

MEMORY = 288 * 1024 * 1024
"""Bytes of address space that the program may take. The largest picture within these bounds needs three quarters."""

SECONDS = 10
"""Of processor time. The slowest picture within these bounds needs a fifth."""

NO_PHOTO = 3
"""Exit status: no decoder takes it."""

HEAD = struct.Struct(">II")
"""What stands before the JPEG that the program writes: width and height."""

_FORMATS = (
    JpegImagePlugin.JpegImageFile.format,
    PngImagePlugin.PngImageFile.format,
    WebPImagePlugin.WebPImageFile.format,
)
_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# In the data of a scan 0xFF is followed by 0, or by the number of a restart; anything else is a marker.
_MARKER = re.compile(rb"\xff+([^\x00\xd0-\xd7\xff])", re.DOTALL)
_END, _SCAN = 0xD9, 0xDA
_BARE = frozenset({0x01, 0xD8})  # markers without a length


class NotAPhoto(Exception):  # noqa: N818 - what it is not
    """No decoder takes it as one still picture of a size that can be held."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A JPEG without metadata; width and height in pixels."""

    image: bytes
    width: int
    height: int


def develop(upload: bytes) -> Photo:
    """The photo in an uploaded file.

    Raises:
        NotAPhoto: see there.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of spoilt notes beside a picture, which nobody is to read
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(upload), formats=_FORMATS) as opened:
                _refuse_the_costly(opened, upload)
                return _written(_clean(_upright(opened)))
    except NotAPhoto:
        raise
    except Exception as error:
        # A decoder fails in many ways on a file that was made to break it; all of them mean the same.
        raise NotAPhoto from error


def thumbnail(image: bytes) -> bytes:
    """A small JPEG of a photo that was developed here."""
    with Image.open(io.BytesIO(image), formats=("JPEG",)) as opened:
        opened.draft("RGB", (THUMBNAIL_SIDE, THUMBNAIL_SIDE))
        opened.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
        return _written(_clean(opened)).image


def scans(jpeg: bytes) -> int:
    """How often the first picture of a JPEG file is gone over; counting ends soon after `MOST_SCANS`."""
    at, found = 0, 0
    while found <= MOST_SCANS and (marker := _MARKER.search(jpeg, at)):
        kind, at = marker[1][0], marker.end()
        if kind == _END:
            break
        found += kind == _SCAN
        if kind not in _BARE:
            at += int.from_bytes(jpeg[at : at + 2])
    return found


def _refuse_the_costly(opened: Image.Image, upload: bytes) -> None:
    """Look at what the header says, before a single pixel is decoded."""
    kind = opened.format or ""
    pixels = opened.width * opened.height
    if pixels > MOST_PIXELS.get(kind, 0):
        raise NotAPhoto
    if kind != "MPO" and getattr(opened, "n_frames", 1) > 1:
        raise NotAPhoto
    if kind in {"JPEG", "MPO"} and (
        ("progressive" in opened.info and pixels > MOST_PROGRESSIVE) or scans(upload) > MOST_SCANS
    ):
        raise NotAPhoto


def _upright(opened: Image.Image) -> Image.Image:
    """The decoded pixels, at most `LONGEST_SIDE` long, turned as the camera was held."""
    turn = _turn(opened)
    opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # JPEG only: read at a half or a quarter where that is enough
    opened.load()
    opened.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return opened if turn is None else opened.transpose(turn)


def _turn(opened: Image.Image) -> Image.Transpose | None:
    """What sets the picture upright; None where it is, or where the file says it in a way that nobody can read."""
    try:
        return _TURNS.get(opened.getexif().get(_ORIENTATION, 1))
    except Exception:  # noqa: BLE001 - a spoilt note beside a picture spoils no picture
        return None


def _clean(image: Image.Image) -> Image.Image:
    """The pixels alone, on white where they let light through: a new picture that knows nothing of the old one."""
    clean = Image.new("RGB", image.size, "white")
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        seen = image.convert("RGBA")
        clean.paste(seen, mask=seen.getchannel("A"))
    else:
        clean.paste(image.convert("RGB"))
    return clean


def _written(image: Image.Image) -> Photo:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=QUALITY, optimize=True)
    return Photo(out.getvalue(), *image.size)


def _limit() -> None:
    """Take what is little from here on. Where the system refuses, the bounds above stand alone."""
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(kind, (most, most))
    with contextlib.suppress(OSError):
        os.nice(10)  # the talk goes first


def _main() -> int:
    _limit()
    try:
        photo = develop(sys.stdin.buffer.read())
    except NotAPhoto:
        return NO_PHOTO
    sys.stdout.buffer.write(HEAD.pack(photo.width, photo.height) + photo.image)
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(_main())
