"""Photos made harmless: decoded, turned upright, made smaller, and written anew without anything but their pixels.

What a file calls itself counts for nothing. Only what one of three decoders reads as a single still picture is taken;
whatever else the file carried (place, time, device, a second file behind the picture) is not in what is written.
"""

import asyncio
import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

MOST_BYTES = 10 * 1024 * 1024
"""Of one photo as it is sent."""

LONGEST_SIDE = 2048  # pixels
THUMBNAIL_SIDE = 480  # pixels
QUALITY = 82

MOST_PIXELS = {"JPEG": 50_000_000, "MPO": 50_000_000, "PNG": 24_000_000, "WEBP": 24_000_000}
"""Per format, by the memory that decoding takes. A JPEG is decoded at a fraction of its size; a phone's has up to 48
million pixels. MPO is the JPEG of cameras that put further views behind the first, which is the one we take."""

_FORMATS = ("JPEG", "PNG", "WEBP")


class NotAPhoto(Exception):  # noqa: N818 - what it is not
    """No decoder takes it as one still picture of a size that can be held."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A JPEG without metadata; width and height in pixels."""

    image: bytes
    width: int
    height: int


class Studio:
    """Decodes off the event loop, one photo at a time: the memory and the processor it may take are bounded."""

    def __init__(self) -> None:
        self._room = asyncio.Semaphore(1)

    async def develop(self, upload: bytes) -> Photo:
        """The photo in an uploaded file.

        Raises:
            NotAPhoto: see there.
        """
        async with self._room:
            return await asyncio.to_thread(develop, upload)

    async def thumbnail(self, image: bytes) -> bytes:
        """A small JPEG of a photo that was developed here."""
        async with self._room:
            return await asyncio.to_thread(thumbnail, image)


def develop(upload: bytes) -> Photo:
    """See `Studio.develop`."""
    if len(upload) > MOST_BYTES:
        raise NotAPhoto
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(upload), formats=_FORMATS) as opened:
                return _written(_clean(_upright(opened)))
    # A decoder fails in many ways on a file that was made to break it; all of them mean the same.
    except (UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise NotAPhoto from error
    except (OSError, ValueError, TypeError, SyntaxError, EOFError, IndexError, KeyError, MemoryError) as error:
        raise NotAPhoto from error


def thumbnail(image: bytes) -> bytes:
    """See `Studio.thumbnail`."""
    with Image.open(io.BytesIO(image), formats=("JPEG",)) as opened:
        opened.draft("RGB", (THUMBNAIL_SIDE, THUMBNAIL_SIDE))
        opened.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
        return _written(_clean(opened)).image


def _upright(opened: Image.Image) -> Image.Image:
    """The decoded pixels, at most `LONGEST_SIDE` long, turned as the camera was held."""
    width, height = opened.size
    if width * height > MOST_PIXELS.get(opened.format or "", 0):
        raise NotAPhoto
    if opened.format != "MPO" and getattr(opened, "n_frames", 1) > 1:
        raise NotAPhoto
    opened.draft(
        "RGB", (LONGEST_SIDE, LONGEST_SIDE)
    )  # JPEG only: read at a half, quarter or eighth where that is enough
    opened.load()
    opened.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return ImageOps.exif_transpose(opened)


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
