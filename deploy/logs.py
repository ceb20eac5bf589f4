"""Logs on stderr, with event names and ids only; never words, names or numbers of people.

An exception's message, its locals and the lines a library adds to it may hold a person's words. So of every
exception only its type and the places in the code are written, ours and other people's alike.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any

import structlog

PLACES = 8


class _Quiet(logging.Formatter):
    """The first line of what a library says (asyncio puts exceptions into the others), and where it broke."""

    def format(self, record: logging.LogRecord) -> str:
        first = record.getMessage().split("\n", 1)[0]
        line = f"{record.levelname} {record.name} {first}"
        if not record.exc_info or record.exc_info[1] is None:
            return line
        return f"{line} {_told(record.exc_info[1])}"


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
        entry["error"], entry["at"] = type(error).__name__, _places(error)
    return entry


def _last_words(kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    sys.stderr.write(f"CRITICAL {_told(error)}\n")


def _told(error: BaseException) -> str:
    inner = f" ({'; '.join(_told(e) for e in error.exceptions)})" if isinstance(error, BaseExceptionGroup) else ""
    return f"{type(error).__name__} at {' < '.join(reversed(_places(error)))}{inner}"


def _places(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)[-PLACES:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
