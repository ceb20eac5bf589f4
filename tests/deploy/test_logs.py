"""No word of a person reaches a log, whoever writes it."""

import asyncio
import gc
import json
import logging
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from deploy import logs

Configure = Callable[[], None]
CANARY = "ひみつ 山田太郎 090-1234-5678"


@pytest.fixture
def configure() -> Iterator[Callable[[], None]]:
    """Called by each test itself, because the stream of stderr is another one in each phase of a test."""
    hook, root = sys.excepthook, logging.getLogger()
    level, before = root.level, set(root.handlers)
    # Another test's server may have given uvicorn's logger handlers of its own; our programs do not.
    uvicorn = logging.getLogger("uvicorn")
    theirs, uvicorn.handlers, uvicorn.propagate = uvicorn.handlers, [], True
    yield logs.configure
    uvicorn.handlers = theirs
    sys.excepthook, logging.raiseExceptions = hook, True
    for handler in [one for one in root.handlers if one not in before and type(one) is logging.StreamHandler]:
        root.removeHandler(handler)
    root.setLevel(level)
    structlog.reset_defaults()


def lines(said: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in said.splitlines()]


def fail() -> None:
    raise ValueError(CANARY)


def broken() -> BaseException:
    try:
        fail()
    except ValueError as error:
        return error
    raise AssertionError


def test_our_own_exceptions_tell_type_and_place_only(capsys: pytest.CaptureFixture[str], configure: Configure) -> None:
    configure()
    try:
        fail()
    except ValueError:
        structlog.get_logger().exception("event.failed", inbound="7")
    said = capsys.readouterr().err
    assert '"error": "ValueError"' in said
    assert "test_logs.py" in said
    assert "山田" not in said


@pytest.mark.parametrize("name", ["uvicorn.error", "asyncio", "somebody.else"])
def test_other_peoples_exceptions_do_too(name: str, capsys: pytest.CaptureFixture[str], configure: Configure) -> None:
    configure()
    logging.getLogger(name).error("it broke\nfuture: %r", CANARY, exc_info=broken())
    said = capsys.readouterr().err
    (entry,) = lines(said)
    assert {"event": "library", "library": name, "says": "it broke", "error": "ValueError"}.items() <= entry.items()
    assert "山田" not in said


def test_what_a_library_puts_into_its_line_stays_out(capsys: pytest.CaptureFixture[str], configure: Configure) -> None:
    configure()
    logging.getLogger("somebody.else").warning("cannot handle %s of %r", CANARY, {"text": CANARY})
    said = capsys.readouterr().err
    assert lines(said)[0]["says"] == "cannot handle %s of %r"
    assert "山田" not in said


def test_every_line_is_one_json_object(capsys: pytest.CaptureFixture[str], configure: Configure) -> None:
    configure()
    structlog.get_logger().info("event.done", inbound="7")
    logging.getLogger("uvicorn.error").error("two\nlines")
    sys.excepthook(ValueError, broken(), None)
    said = lines(capsys.readouterr().err)
    assert [entry["event"] for entry in said] == ["event.done", "library", "program.broke"]
    assert all(entry["level"] in {"info", "error", "critical"} for entry in said)


async def test_a_task_nobody_asked_for_keeps_its_words(
    capsys: pytest.CaptureFixture[str], configure: Configure
) -> None:
    configure()

    async def work() -> None:
        fail()

    task = asyncio.create_task(work())
    await asyncio.wait([task])
    del task
    gc.collect()
    said = capsys.readouterr().err
    assert "never retrieved" in said
    assert "山田" not in said


def test_the_last_words_of_a_program_are_type_and_place(
    capsys: pytest.CaptureFixture[str], configure: Configure
) -> None:
    configure()
    error = ExceptionGroup(CANARY, [broken()])  # type: ignore[list-item]  # a ValueError it is
    sys.excepthook(type(error), error, None)
    said = capsys.readouterr().err
    (entry,) = lines(said)
    assert entry["error"] == "ExceptionGroup"
    assert [member["error"] for member in entry["of"]] == ["ValueError"]
    assert "山田" not in said
