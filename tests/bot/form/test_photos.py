import asyncio
import io
import struct
import subprocess
import zlib

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from structlog.testing import capture_logs

from bot.form import darkroom, photos
from bot.form.darkroom import LONGEST_SIDE, NotAPhoto, develop, scans, thumbnail
from bot.form.photos import MOST_BYTES, Studio
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
    monkeypatch.setitem(darkroom.MOST_PIXELS, "PNG", 100)
    with pytest.raises(NotAPhoto):
        develop(written(plain(11, 10), "PNG"))
    assert develop(written(plain(10, 10), "PNG")).width == 10


def test_a_thumbnail_is_small_and_whole():
    photo = develop(written(plain(2000, 1000), "JPEG"))
    opened = _opened(thumbnail(photo.image))
    assert opened.size == (480, 240)


def _with_more_scans(jpeg: bytes, more: int) -> bytes:
    """A progressive JPEG whose last pass is gone over again and again."""
    last = jpeg.rindex(b"\xff\xda")
    return jpeg[:-2] + jpeg[last:-2] * more + jpeg[-2:]


def test_a_jpeg_is_gone_over_a_few_times_and_no_more():
    progressive = written(plain(), "JPEG", progressive=True)
    assert scans(written(plain(), "JPEG")) == 1
    assert 5 < scans(progressive) < 20
    assert develop(_with_more_scans(progressive, 10)).width == 120
    with pytest.raises(NotAPhoto):
        develop(_with_more_scans(progressive, 2_000))


def test_what_lies_behind_a_photo_is_not_counted_among_its_scans():
    """A phone that films along puts the film there."""
    assert scans(jpeg() + b"\xff\xda" * 1_000) == 1


@pytest.mark.parametrize(
    ("kind", "options", "most"),
    [("JPEG", {"progressive": True}, "MOST_PROGRESSIVE"), ("WEBP", {"lossless": True}, ""), ("PNG", {}, "")],
)
def test_what_takes_much_memory_to_decode_may_have_fewer_pixels(kind, options, most):
    allowed = getattr(darkroom, most) if most else darkroom.MOST_PIXELS[kind]
    assert allowed < darkroom.MOST_PIXELS["JPEG"] / 3
    flat = Image.new("RGB", (4_000, allowed // 4_000 + 1))
    with pytest.raises(NotAPhoto):
        develop(written(flat, kind, **options))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    "exif",
    [
        b"Exif\0\0MM\0*\0\0\0\x08\0\x02\x01\x12\0\x03",
        b"Exif\0\0II*\0\x08\0\0\0\xff\xff",
        b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x02\0\0\0\x09\0\0\0\x1ajunk\0\0\0\0",
        b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x05\0\0\0\x02\0\0\0\x1a\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        b"Exif\0\0garbage",
    ],
)
def test_a_damaged_note_spoils_no_photo(kind, exif):
    assert develop(written(plain(), kind, exif=exif)).width == 120


class TestStudio:
    async def test_a_photo_is_developed_in_a_process_of_its_own(self):
        photo = await Studio().develop(jpeg(120, 80, orientation=6))
        assert (photo.width, photo.height) == (80, 120)
        assert _opened(photo.image).size == (80, 120)
        assert CANARY not in photo.image

    @pytest.mark.parametrize(
        "upload",
        [b"", b"<svg/>", b"\xff\xd8\xff" + b"\0" * 200, jpeg()[:-400], b"\xff\xd8\xff" + b"\0" * MOST_BYTES],
        ids=["empty", "svg", "garbage", "cut", "too large"],
    )
    async def test_what_is_no_photo_is_refused(self, upload):
        with pytest.raises(NotAPhoto):
            await Studio().develop(upload)

    async def test_what_breaks_the_program_is_no_photo_and_is_told(self, monkeypatch, tmp_path):
        """As by the limits of memory and processor time: the system ends it."""
        program = tmp_path / "broken.py"
        program.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGXCPU)\n")
        monkeypatch.setattr(photos, "_PROGRAM", (*photos._PROGRAM[:-1], str(program)))
        with capture_logs() as logs, pytest.raises(NotAPhoto):
            await Studio().develop(jpeg())
        assert [(entry["event"], entry["status"]) for entry in logs] == [("form.photo_not_developed", -24)]

    async def test_what_takes_too_long_is_ended(self, monkeypatch, tmp_path):
        program = tmp_path / "slow.py"
        program.write_text("import time\ntime.sleep(600)\n")
        monkeypatch.setattr(photos, "_PROGRAM", (*photos._PROGRAM[:-1], str(program)))
        with capture_logs() as logs, pytest.raises(NotAPhoto):
            await Studio(seconds=0.2).develop(jpeg())
        assert logs[0]["status"] == "timeout"

    async def test_a_program_that_cannot_be_started_costs_the_photo_alone(self, monkeypatch):
        monkeypatch.setattr(photos, "_PROGRAM", ("/nowhere/python",))
        with capture_logs() as logs, pytest.raises(NotAPhoto):
            await Studio().develop(jpeg())
        assert logs[0]["status"] == "FileNotFoundError"

    def test_the_program_takes_little_and_knows_nothing_of_ours(self):
        asked = (
            "import resource, runpy; room = runpy.run_path(%r); room['_limit']();"
            "import sys; print(resource.getrlimit(resource.RLIMIT_AS)[0], resource.getrlimit(resource.RLIMIT_CPU)[0],"
            "[name for name in sys.modules if name.split('.')[0] in ('bot', 'cases')])"
        )
        command = [*photos._PROGRAM[:-1], "-c", asked % darkroom.__file__]
        told = subprocess.run(command, capture_output=True, check=True, env={}, text=True)
        assert told.stdout.split(maxsplit=2) == [str(darkroom.MEMORY), str(darkroom.SECONDS), "[]\n"]

    async def test_one_photo_at_a_time_is_developed_and_the_loop_goes_on(self, monkeypatch):
        running, most = 0, 0

        async def slowly(_studio, upload):
            nonlocal running, most
            running += 1
            most = max(most, running)
            await asyncio.sleep(0)
            running -= 1
            photo = develop(upload)
            return 0, darkroom.HEAD.pack(photo.width, photo.height) + photo.image

        monkeypatch.setattr(Studio, "_run", slowly)
        studio = Studio()
        await asyncio.gather(*(studio.develop(jpeg()) for _ in range(4)))
        assert most == 1
