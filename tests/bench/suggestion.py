"""Words → concerns → agencies, against nothing but Janome's tokenizing of the same texts."""

import statistics
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

from janome.tokenizer import Tokenizer

from deploy.citypack import load_city
from routing.router import Router
from tests.bench.harness import Row, example_texts, in_turns, progress, seconds

ROUNDS = 9
RATIO_GOAL = 1.3
HOSTILE = "々" * 5_000
HOSTILE_GOAL_MS = 50
NOW = datetime(2025, 6, 4, 3, 0, tzinfo=UTC)  # a Wednesday noon in Japan: most doors are open


def measure() -> Iterator[Row]:
    progress("suggestion against bare Janome")
    router, janome = Router(load_city("nagano")), Tokenizer()

    def suggest(text: str) -> None:
        router.suggest(text, district=None, now=NOW)

    def tokenize(text: str) -> None:
        list(janome.tokenize(text))

    texts = example_texts()
    for text in texts:
        suggest(text)
        tokenize(text)
    pairs = [in_turns(partial(suggest, text), partial(tokenize, text), ROUNDS) for text in texts]
    ours, bare = sum(o for o, _ in pairs), sum(b for _, b in pairs)
    ratio, each = ours / bare, ours / len(texts) * 1_000
    measured = f"{ratio:.2f} × ({each:.1f} ms a text, Janome {bare / len(texts) * 1_000:.1f} ms)"
    yield Row("suggestion vs Janome's bare tokenizing", measured, f"≤ {RATIO_GOAL} ×", ratio <= RATIO_GOAL)
    hostile = statistics.median(seconds(partial(suggest, HOSTILE)) for _ in range(5)) * 1_000
    yield Row(
        "suggestion for 5,000 × 「々」", f"{hostile:.1f} ms", f"≤ {HOSTILE_GOAL_MS} ms", hostile <= HOSTILE_GOAL_MS
    )
