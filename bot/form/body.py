"""Reading what a page of the form sent: bounded while it streams in, and a photo never written to disk unsealed."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from fastapi import HTTPException, Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from bot.form.photos import MOST_BYTES

MOST_BODY = 40 * 1024 * 1024
"""Bytes of a request. Beyond `MOST_BYTES` the photo's are counted and dropped, so that the words beside it are kept."""

MOST_FIELDS = 16
MOST_TEXT = 256 * 1024  # bytes of one field as it is sent: up to nine for each letter
SECONDS = 120.0
"""How long a body may take: a photo of 10 MB over a poor line in the hills."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What came: the texts, the photo's bytes where one was chosen, and whether it was larger than any may be."""

    texts: Mapping[str, str] = field(default_factory=dict)
    photo: bytes = b""
    photo_too_large: bool = False


async def read_sent(request: Request) -> Sent:
    """The body of a request that may carry a photo.

    Raises:
        HTTPException: 400 where it is none, 408 where it does not end.
    """
    if not is_multipart(request):
        return Sent(await read_texts(request))
    try:
        async with asyncio.timeout(SECONDS):
            return await _multipart(request)
    except TimeoutError:
        raise HTTPException(408) from None


async def read_texts(request: Request) -> dict[str, str]:
    """The texts of a request that carries nothing else.

    Raises:
        HTTPException: as above.
    """
    if is_multipart(request):
        raise HTTPException(400)
    try:
        async with (
            asyncio.timeout(SECONDS),
            request.form(max_files=0, max_fields=MOST_FIELDS, max_part_size=MOST_TEXT) as form,
        ):
            return {name: value for name, value in form.items() if isinstance(value, str)}
    except TimeoutError:
        raise HTTPException(408) from None


def is_multipart(request: Request) -> bool:
    return request.headers.get("content-type", "").startswith("multipart/form-data")


async def _multipart(request: Request) -> Sent:
    parser = _InMemory(request.headers, request.stream(), max_files=1, max_fields=MOST_FIELDS, max_part_size=MOST_TEXT)
    try:
        form = await parser.parse()
    except MultiPartException:
        raise HTTPException(400) from None
    try:
        texts = {name: value for name, value in form.items() if isinstance(value, str)}
        upload = form.get("photo")
        photo = await upload.read() if isinstance(upload, UploadFile) and not parser.too_large else b""
    finally:
        await form.close()
    return Sent(texts, photo, parser.too_large)


class _InMemory(MultiPartParser):
    """Starlette's parser, with files held in memory alone and no more of them than a photo may have."""

    spool_max_size = MOST_BYTES + 1
    too_large = False
    _seen = 0

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._current_part.file is not None:
            self._seen += end - start
            if self._seen > MOST_BYTES:
                self.too_large = True
                return
        super().on_part_data(data, start, end)
