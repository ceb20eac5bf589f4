"""A client of its own process: `CLIENTS` kept connections that send prepared webhooks as fast as they are answered.

It speaks HTTP over bare streams, because a client library would cost more than the server that is measured.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

from tests.bench.harness import example_texts, percentile
from tests.bench.webhooks import request, text_event, user_id

CLIENTS = 16
ANSWER_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Result:
    """What one round brought. Times in seconds."""

    seconds: float
    p50: float
    p95: float
    statuses: dict[str, int]


async def fire(address: str, requests: list[bytes]) -> Result:
    url = urlsplit(address)
    waiting, times, statuses = iter(requests), [], Counter[str]()

    async def client() -> None:
        reader, writer = await asyncio.open_connection(url.hostname, url.port)
        for prepared in waiting:
            start = time.perf_counter()
            writer.write(prepared)
            statuses[await asyncio.wait_for(_status(reader), ANSWER_SECONDS)] += 1
            times.append(time.perf_counter() - start)
        writer.close()
        await writer.wait_closed()

    start = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(CLIENTS):
            group.create_task(client())
    return Result(time.perf_counter() - start, percentile(times, 0.5), percentile(times, 0.95), dict(statuses))


async def _status(reader: asyncio.StreamReader) -> str:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower().split("\r\n")
    length = next((int(line.partition(":")[2]) for line in head if line.startswith("content-length:")), 0)
    await reader.readexactly(length)
    return head[0].split(" ")[1]


def prepared(count: int, events: int, secret: str, host: str) -> list[bytes]:
    texts = example_texts()
    people = [user_id() for _ in range(200)]
    picks = [(people[n % len(people)], texts[n % len(texts)]) for n in range(count * events)]
    return [
        request([text_event(*pick) for pick in picks[n * events : (n + 1) * events]], secret, host)
        for n in range(count)
    ]


def main() -> None:
    address, count, events, secret = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    requests = prepared(count, events, secret, urlsplit(address).netloc)
    print(json.dumps(asdict(asyncio.run(fire(address, requests)))))  # noqa: T201 - the bench reads it


if __name__ == "__main__":
    main()
