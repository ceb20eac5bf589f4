"""Logs: one JSON object a line on stderr, with event names and ids only; never words, names or numbers of people."""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog


def configure(level: int = logging.INFO) -> None:
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    # The SDK logs whole bodies and the driver whole statements at DEBUG.
    for noisy in ("linebot", "psycopg", "sqlalchemy", "aiohttp", "httpx2", "httpcore2"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
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
    """Replace `exc_info` by type and places. The message and the locals stay out: they may hold a person's words."""
    if not entry.pop("exc_info", None):
        return entry
    kind, _error, trace = sys.exc_info()
    entry["error"] = kind.__name__ if kind else "unknown"
    entry["at"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)][-6:]
    return entry
