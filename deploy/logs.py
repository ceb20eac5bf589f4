"""Logs on stderr, with event names and ids only; never words, names or numbers of people.

Every line is one JSON object. An exception's message, its locals and what a library puts into its lines may hold a
person's words. So of every exception only its type and the places in the code are written, ours and theirs alike.
"""

import json
import logging
import sys
import traceback
from collections.abc import MutableMapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import structlog

PLACES = 8


class _Quiet(logging.Formatter):
    """What a library says, as a line like ours: its own first line before anything was put into it, and where it broke.

    What is put into it may be a person's (an address, a text, a statement); asyncio puts exceptions into later lines.
    """

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "event": "library",
            "library": record.name,
            "says": str(record.msg).split("\n", 1)[0],
            "level": record.levelname.lower(),
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
        }
        if record.exc_info and record.exc_info[1] is not None:
            entry |= _told(record.exc_info[1])
        return json.dumps(entry, ensure_ascii=False)


def configure(level: int = logging.INFO) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Quiet())
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(logging.WARNING)
    logging.raiseExceptions = False  # a handler that fails would print the arguments it was given
    # The SDK logs whole bodies and the driver whole statements at DEBUG.
    for noisy in ("linebot", "psycopg", "sqlalchemy", "aiohttp", "httpx2", "httpcore2"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    sys.excepthook = _last_words
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _where_it_broke,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _where_it_broke(_logger: object, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    given = entry.pop("exc_info", None)
    error = given if isinstance(given, BaseException) else sys.exc_info()[1] if given else None
    if error is not None:
        entry.update(_told(error))
    return entry


def _last_words(kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        entry = {"event": "program.broke", **_told(error), "level": "critical"}
        sys.stderr.write(json.dumps(entry, ensure_ascii=False) + "\n")


def _told(error: BaseException) -> dict[str, Any]:
    """The type of an exception and the places in the code, innermost last; those of a group's members, too."""
    frames = traceback.extract_tb(error.__traceback__)[-PLACES:]
    told: dict[str, Any] = {
        "error": type(error).__name__,
        "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }
    if isinstance(error, BaseExceptionGroup):
        told["of"] = [_told(member) for member in error.exceptions]
    return told
