"""`/metrics`: how the service is, in Prometheus' words; numbers only, and never anything of a person.

What this process counts itself is always there. What is read from the database at each scrape is left out, rather than
given as it last was, while the database does not answer; `kizuki_database_up` tells it.
"""

import hmac
import ipaddress
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from cases.db import Database
from cases.figures import Figures, figures
from deploy.probe import Probe

ACCEPT_BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
"""Seconds; LINE gives up after 2."""
SCRAPE_SECONDS = 3.0
FRESH_SECONDS = 3.0
PROXY_HEADERS = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")
_WORD = re.compile(r"[a-z][a-z0-9_]{0,29}")


class Metrics:
    """What the web program counts. It is the `AcceptWatch` of the webhook."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._accept = Histogram(
            "kizuki_accept_seconds",
            "Seconds from the arrival of a webhook until it was stored",
            buckets=ACCEPT_BUCKETS,
            registry=self.registry,
        )
        self._accepted = self._counter("kizuki_accepted_events", "Events stored from webhooks")
        self._refused = self._counter("kizuki_refused", "Webhooks refused", "reason")
        self._events_refused = self._counter(
            "kizuki_events_refused", "Events that were not taken out of a signed webhook", "reason"
        )
        self._not_stored = self._counter("kizuki_not_stored", "Webhooks answered 503, because they could not be stored")
        self._outage_answers = self._counter(
            "kizuki_outage_answers", "Answers with telephone numbers while the database was away", "outcome"
        )

    def accepted(self, seconds: float, events: int) -> None:
        """A webhook was stored."""
        self._accept.observe(seconds)
        self._accepted.inc(events)

    def refused(self, reason: str) -> None:
        """A webhook was refused; `reason` is a word of ours."""
        self._refused.labels(_word(reason)).inc()

    def events_refused(self, reason: str, events: int) -> None:
        """Events of a signed webhook were not taken; `reason` is a word of ours."""
        self._events_refused.labels(_word(reason)).inc(events)

    def not_stored(self) -> None:
        """A webhook could not be stored, and LINE heard 503."""
        self._not_stored.inc()

    def outage_answer(self, outcome: str) -> None:
        """Danger was answered, or not, while the database was away."""
        self._outage_answers.labels(_word(outcome)).inc()

    def _counter(self, name: str, told: str, *labels: str) -> Counter:
        return Counter(name, told, labels, registry=self.registry)


class _Standing(Collector):
    """The gauges of one scrape: made anew each time, so that none outlives its truth."""

    def __init__(self, read: Figures | None, now: datetime, *, redis: bool) -> None:
        self._read = read
        self._now = now
        self._redis = redis

    def collect(self) -> Iterator[Metric]:
        yield _gauge("kizuki_database_up", "Whether PostgreSQL answered in time", float(self._read is not None))
        yield _gauge("kizuki_redis_up", "Whether this program hears Redis", float(self._redis))
        if self._read is not None:
            yield from self._queues(self._read)
            yield from self._channel(self._read)

    def _queues(self, read: Figures) -> Iterator[Metric]:
        yield _gauge("kizuki_inbound_open", "Events that wait or are in hand", read.open_events)
        yield _gauge("kizuki_inbound_age_seconds", "Age of the oldest of them", self._age(read.oldest_event))
        yield _gauge("kizuki_inbound_resting", "Events that wait for a next attempt", read.resting)
        yield _gauge("kizuki_inbound_parked", "Events set aside after their last attempt, for 90 days", read.parked)
        yield _gauge("kizuki_outbox_waiting", "Answers on their way out", read.waiting)
        yield _gauge("kizuki_outbox_age_seconds", "Age of the oldest of them", self._age(read.oldest_answer))
        yield _gauge("kizuki_outbox_held", "Answers that wait for their person's next word", read.held)
        sends = GaugeMetricFamily(
            "kizuki_sends_last_hour", "Of the answers made in the last hour, how many ended so", labels=["outcome"]
        )
        for outcome, number in read.sends.items():
            sends.add_metric([outcome], number)
        yield sends
        yield _gauge("kizuki_forms_open", "Links to the secure form that are open now", read.forms)
        yield _gauge("kizuki_passed_on_waiting", "Events of a shared account that wait to be passed on", read.passing)

    def _channel(self, read: Figures) -> Iterator[Metric]:
        yield _gauge("kizuki_token_refused", "Whether LINE refuses our access token", _is_set(read.refused_since))
        told = "Whether LINE lets the account say nothing"
        yield _gauge("kizuki_account_refused", told, _is_set(read.forbidden_since))
        yield _gauge("kizuki_quota_used_up", "Whether the month's pushes are used up", _is_set(read.used_up_since))
        yield _gauge("kizuki_suspended", "Whether LINE has suspended the account", _is_set(read.suspended_at))
        if read.quota is not None:
            yield _gauge("kizuki_quota_messages", "Pushes that the plan has for a month", read.quota)
        if read.used is not None:
            yield _gauge("kizuki_quota_used_messages", "Pushes used this month, as LINE counts them", read.used)
        if read.standby_at is not None:
            told = "When another program last led a talk in our stead"
            yield _gauge("kizuki_standby_timestamp_seconds", told, read.standby_at.timestamp())

    def _age(self, since: datetime | None) -> float:
        return 0.0 if since is None else max(0.0, (self._now - since).total_seconds())


def router(
    metrics: Metrics,
    database: Database,
    *,
    token: str,
    redis_up: Callable[[], bool],
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> APIRouter:
    """The route of `/metrics`: for programs on this machine, and for whoever brings `token`; a 404 for others.

    Args:
        metrics: what this process counts.
        database: read at a scrape, at most every few seconds.
        token: the bearer token; empty lets nobody in from elsewhere.
        redis_up: whether this program hears Redis.
        now: the clock.
    """

    async def read() -> Figures:
        async with database.reading() as reader:
            return await figures(reader, now())

    probe = Probe(read, seconds=SCRAPE_SECONDS, fresh_seconds=FRESH_SECONDS)
    routes = APIRouter()

    @routes.get("/metrics", include_in_schema=False)
    async def page(request: Request) -> Response:
        if not (_is_near(request) or _brings(request, token)):
            return Response(status_code=404)
        found = await probe.answer()
        standing = CollectorRegistry()
        standing.register(_Standing(found, now(), redis=redis_up()))
        body = generate_latest(metrics.registry) + generate_latest(standing)
        return Response(body, media_type=CONTENT_TYPE_LATEST, headers={"cache-control": "no-store"})

    return routes


def _is_near(request: Request) -> bool:
    """Whether a program of this machine asks for itself: a proxy on this machine asks for somebody else."""
    if request.client is None or any(name in request.headers for name in PROXY_HEADERS):
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def _brings(request: Request, token: str) -> bool:
    given = request.headers.get("authorization", "").encode("latin-1", "replace")
    return bool(token) and hmac.compare_digest(given, b"Bearer " + token.encode())


def _word(label: str) -> str:
    """A label is a word of our code; should anything else come here, it is not shown."""
    return label if _WORD.fullmatch(label) else "other"


def _gauge(name: str, told: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, told, value=value)


def _is_set(since: datetime | None) -> float:
    return float(since is not None)
