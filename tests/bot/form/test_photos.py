import asyncio
import io
import struct
import zlib

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from bot.form import photos
from bot.form.photos import LONGEST_SIDE, MOST_BYTES, NotAPhoto, Studio, develop, thumbnail
from tests.bot.form.pictures import CANARY, animated, jpeg, plain, written


def _opened(image: bytes) -> Image.Image:
    opened = Image.open(io.BytesIO(image))
    opened.load()
    return opened


def _png_claiming(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims to be this large."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_each_kind_of_photo_becomes_a_jpeg(kind):
    photo = develop(written(plain(), kind))
    assert _opened(photo.image).format == "JPEG"
    assert (photo.width, photo.height) == (120, 80)


def test_place_time_make_and_every_other_note_are_gone():
    upload = jpeg()
    assert CANARY in upload
    photo = develop(upload)
    opened = _opened(photo.image)
    assert CANARY not in photo.image
    assert not opened.getexif()
    assert {"exif", "xmp", "comment", "icc_profile"} & set(opened.info) == set()
    assert b"Exif" not in photo.image


def test_text_chunks_of_a_png_are_gone():
    notes = PngInfo()
    notes.add_text("Comment", CANARY.decode())
    upload = written(plain(), "PNG", pnginfo=notes)
    assert CANARY in upload
    assert CANARY not in develop(upload).image


def test_a_photo_is_turned_as_it_was_held():
    photo = develop(jpeg(120, 80, orientation=6))
    assert (photo.width, photo.height) == (80, 120)
    top = _opened(photo.image).getpixel((40, 20))
    assert top[0] > 150 > top[2]


def test_what_let_light_through_stands_on_white():
    clear = Image.new("RGBA", (20, 20), (0, 0, 0, 0))
    pixel = _opened(develop(written(clear, "PNG")).image).getpixel((10, 10))
    assert min(pixel) > 250


@pytest.mark.parametrize("mode", ["L", "CMYK", "P", "1", "LA", "I;16"])
def test_every_kind_of_colour_is_read(mode):
    kind = "JPEG" if mode == "CMYK" else "PNG"
    image = plain(mode="L").convert("I;16") if mode == "I;16" else plain(mode=mode)
    assert _opened(develop(written(image, kind)).image).mode == "RGB"


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_the_longest_side_is_bounded_and_the_shape_kept(kind):
    photo = develop(written(plain(4100, 1025), kind))
    assert (photo.width, photo.height) == (LONGEST_SIDE, LONGEST_SIDE // 4)


@pytest.mark.parametrize(
    "upload",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!doctype html><script>alert(1)</script>",
        b"%PDF-1.7\n1 0 obj\n",
        b"\xff\xd8\xff\xe0" + b"\0" * 200,
        b"\x89PNG\r\n\x1a\n",
        b"RIFF\x10\0\0\0WEBPVP8 ",
        jpeg()[:-400],
        written(plain(), "PNG")[:-40],
        written(plain(), "GIF"),
        written(plain(), "BMP"),
        written(plain(), "TIFF"),
        written(plain(), "ICO"),
        animated("WEBP"),
        animated("PNG"),
        animated("GIF"),
        _png_claiming(30_000, 30_000),
        _png_claiming(60_000, 60_000),
        b"\0" * (MOST_BYTES + 1),
    ],
    ids=lambda upload: upload[:12].hex() or "empty",
)
def test_what_is_no_still_photo_is_refused(upload):
    with pytest.raises(NotAPhoto):
        develop(upload)


def test_a_second_file_behind_the_picture_does_not_come_along():
    for behind in (b"<script>alert(1)</script>", b"PK\x03\x04" + CANARY, b"%PDF-1.7" + CANARY):
        assert behind not in develop(jpeg() + behind).image


def test_pixels_are_counted_before_they_are_decoded(monkeypatch):
    monkeypatch.setitem(photos.MOST_PIXELS, "PNG", 100)
    with pytest.raises(NotAPhoto):
        develop(written(plain(11, 10), "PNG"))
    assert develop(written(plain(10, 10), "PNG")).width == 10


def test_a_thumbnail_is_small_and_whole():
    photo = develop(written(plain(2000, 1000), "JPEG"))
    opened = _opened(thumbnail(photo.image))
    assert opened.size == (480, 240)


async def test_one_photo_at_a_time_is_decoded_and_the_loop_goes_on(monkeypatch):
    running, most = 0, 0

    async def slowly(work, *given):
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        return work(*given)

    monkeypatch.setattr(photos.asyncio, "to_thread", slowly)
    studio = Studio()
    await asyncio.gather(*(studio.develop(jpeg()) for _ in range(4)))
    assert most == 1
