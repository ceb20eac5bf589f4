from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from cases import arrays

MOMENT = datetime(2026, 4, 3, 3, 0, 0, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    ("packed", "kind", "values"),
    [
        (arrays.texts(["a", "", "漢字 \"'{},\\NULL", "🍎"]), "text[]", ["a", "", "漢字 \"'{},\\NULL", "🍎"]),
        (arrays.byteas([b"", b"\x00\xff", None]), "bytea[]", [b"", b"\x00\xff", None]),
        (arrays.bigints([0, -(2**63), 2**63 - 1]), "bigint[]", [0, -(2**63), 2**63 - 1]),
        (arrays.integers(range(3)), "integer[]", [0, 1, 2]),
        (
            arrays.times([MOMENT, datetime(1999, 12, 31, tzinfo=UTC), MOMENT + timedelta(days=9_999)]),
            "timestamptz[]",
            [MOMENT, datetime(1999, 12, 31, tzinfo=UTC), MOMENT + timedelta(days=9_999)],
        ),
    ],
)
def test_postgresql_reads_what_was_packed(database_url: str, packed: arrays.Packed, kind: str, values: list[Any]):
    with psycopg.connect(database_url) as connection:
        row = connection.execute(f"SELECT %s::{kind}", [packed]).fetchone()
    assert row is not None
    assert row[0] == values


def test_uuids_are_packed_by_their_bytes(database_url: str):
    ids = [uuid4(), UUID(int=0)]
    with psycopg.connect(database_url) as connection:
        row = connection.execute("SELECT %s::uuid[]", [arrays.uuids([each.bytes for each in ids])]).fetchone()
    assert row == (ids,)
