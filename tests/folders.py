"""Temporary folders that PostgreSQL can reach and other test runs leave alone."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def reachable() -> Iterator[Path]:
    """A folder outside pytest's own: run by root, PostgreSQL is another user, and pytest's are closed to it."""
    folder = Path(tempfile.mkdtemp(prefix="kizuki-test-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
