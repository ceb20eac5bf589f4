"""Where photos are developed: beside this program, one at a time.

A file that was made to break a decoder breaks nothing else. What is done to a photo stands in `bot.form.darkroom`.
"""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process

import structlog

from bot.form import darkroom
from bot.form.darkroom import NotAPhoto, Photo

log = structlog.get_logger()

MOST_BYTES = 10 * 1024 * 1024
"""Of one photo as it is sent."""

SECONDS = 20.0
"""How long developing one photo may take by the clock, on a machine that has other things to do."""

_BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF")
# Isolated: no settings of ours reach it, neither by the environment nor by what lies in its folder.
_PROGRAM = (sys.executable, "-I", "-B", darkroom.__file__)


class Studio:
    """Develops off the event loop, one photo at a time: the memory and the processor it may take are bounded.

    Each photo has a process of its own, which costs a twentieth of a second and leaves nothing behind.
    """

    def __init__(self, *, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._darkroom = asyncio.Semaphore(1)
        self._small = asyncio.Semaphore(1)

    async def develop(self, upload: bytes) -> Photo:
        """The photo in an uploaded file.

        Raises:
            NotAPhoto: see there; also where developing it took too much, or could not be done at all.
        """
        if len(upload) > MOST_BYTES or not upload.startswith(_BEGINNINGS):
            raise NotAPhoto
        async with self._darkroom:
            status, written = await self._run(upload)
        if status == darkroom.NO_PHOTO:
            raise NotAPhoto
        if status != 0 or len(written) <= darkroom.HEAD.size:
            log.warning("form.photo_not_developed", status=status, size=len(upload))
            raise NotAPhoto
        width, height = darkroom.HEAD.unpack_from(written)
        return Photo(written[darkroom.HEAD.size :], width, height)

    async def thumbnail(self, image: bytes) -> bytes:
        """A small JPEG of a photo that was developed here."""
        async with self._small:
            return await asyncio.to_thread(darkroom.thumbnail, image)

    async def _run(self, upload: bytes) -> tuple[int | str, bytes]:
        """How the program ended, negative for a signal, or why there was no end; and what it wrote."""
        try:
            process = await asyncio.create_subprocess_exec(*_PROGRAM, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env={})
        except OSError as error:
            return type(error).__name__, b""
        try:
            async with asyncio.timeout(self._seconds):
                written, _ = await process.communicate(upload)
        except TimeoutError:
            return "timeout", b""
        finally:
            await _ended(process)
        return process.returncode or 0, written


async def _ended(process: Process) -> None:
    """The process is no more, whatever became of the request that it works for."""
    if process.returncode is None:
        process.kill()
        await process.wait()
