"""A typed client of the control API, for tests."""

from types import TracebackType
from typing import Any, Literal, Self

import httpx2

from deploy.simulator.acts import Outcome
from deploy.simulator.models import Device
from deploy.simulator.settings import Fault, FaultKind, FaultTarget, Settings
from deploy.simulator.views import ApiCallView, ItemView, PersonView, RunView, TalkView, WebhookView

Sender = Literal["bot", "person", ""]


class Refusal(Exception):  # noqa: N818 - what the simulator answered, not a fault of the client
    """The simulator did not do it; `status` 409 means that the talk does not allow it now."""

    def __init__(self, status: int, detail: Any) -> None:
        super().__init__(f"{status}: {detail}")
        self.status = status
        self.detail = detail


class SimulatorClient:
    """Drives people and knobs of a running simulator.

    A person is given by id or as the view that `add_person` returned. Every method raises `Refusal` when the
    simulator answers anything but success.
    """

    def __init__(self, address: str) -> None:
        self._http = httpx2.AsyncClient(base_url=address, trust_env=False, timeout=150.0)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    async def _ask(self, method: str, path: str, **more: Any) -> Any:
        answer = await self._http.request(method, f"/sim{path}", **more)
        if not answer.is_success:
            raise Refusal(answer.status_code, answer.json().get("detail"))
        return answer.json()

    async def people(self) -> list[PersonView]:
        return [PersonView.model_validate(one) for one in await self._ask("GET", "/people")]

    async def add_person(self, name: str, device: Device = "phone", *, follow: bool = False) -> PersonView:
        made = PersonView.model_validate(await self._ask("POST", "/people", json={"name": name, "device": device}))
        if follow:
            await self.follow(made)
        return made

    async def set_device(self, person: PersonView | str, device: Device) -> PersonView:
        changed = await self._ask("PATCH", f"/people/{_id(person)}", json={"device": device})
        return PersonView.model_validate(changed)

    async def act(self, person: PersonView | str, kind: str, /, **more: Any) -> Outcome:
        """Any act of `acts.py` by its type and fields."""
        body = {"type": kind, **{key: value for key, value in more.items() if value is not None}}
        return Outcome.model_validate(await self._ask("POST", f"/people/{_id(person)}/acts", json=body))

    async def follow(self, person: PersonView | str) -> Outcome:
        return await self.act(person, "follow")

    async def block(self, person: PersonView | str) -> Outcome:
        return await self.act(person, "unfollow")

    async def say(self, person: PersonView | str, text: str) -> Outcome:
        return await self.act(person, "text", text=text)

    async def tap(self, person: PersonView | str, label: str | None = None, **more: Any) -> Outcome:
        """Tap the nearest button with this label, or the one at `source`, `item`, `index`."""
        return await self.act(person, "tap", label=label, **more)

    async def send_sticker(self, person: PersonView | str, **more: Any) -> Outcome:
        return await self.act(person, "sticker", **more)

    async def send_image(self, person: PersonView | str, count: int = 1) -> Outcome:
        return await self.act(person, "image", count=count)

    async def send_location(
        self,
        person: PersonView | str,
        latitude: float,
        longitude: float,
        *,
        title: str | None = None,
        address: str | None = None,
    ) -> Outcome:
        place = {"latitude": latitude, "longitude": longitude, "title": title, "address": address}
        return await self.act(person, "location", **place)

    async def unsend(self, person: PersonView | str, item: ItemView | str) -> Outcome:
        return await self.act(person, "unsend", item=item if isinstance(item, str) else item.id)

    async def talk(
        self, person: PersonView | str, *, after: int = 0, wait: float = 0.0, sender: Sender = ""
    ) -> TalkView:
        """The talk behind `after`; with `wait` seconds, as soon as something of `sender` stands there."""
        query = {"after": after, "wait": wait, "sender": sender}
        return TalkView.model_validate(await self._ask("GET", f"/people/{_id(person)}/talk", params=query))

    async def hear(self, person: PersonView | str, after: int, *, wait: float = 10.0) -> TalkView:
        """What the bot says behind `after`, e.g. behind the `n` of an act's outcome.

        Raises:
            AssertionError: when it says nothing within `wait` seconds.
        """
        talk = await self.talk(person, after=after, wait=wait, sender="bot")
        if not talk.texts():
            raise AssertionError(f"the bot said nothing within {wait:g} s")
        return talk

    async def id_token(self, person: PersonView | str, client_id: str, nonce: str | None = None) -> str:
        body = {"client_id": client_id, "nonce": nonce}
        return str((await self._ask("POST", f"/people/{_id(person)}/id-token", json=body))["id_token"])

    async def settings(self, **changes: Any) -> Settings:
        """Change these settings (or none) and return all."""
        return Settings.model_validate(await self._ask("PATCH", "/settings", json=changes))

    async def fault(
        self, on: FaultTarget, kind: FaultKind, *, count: int = 1, seconds: float | None = None
    ) -> list[Fault]:
        body = {"on": on, "kind": kind, "count": count, **({} if seconds is None else {"seconds": seconds})}
        return [Fault.model_validate(one) for one in await self._ask("POST", "/faults", json=body)]

    async def clear_faults(self) -> None:
        await self._ask("DELETE", "/faults")

    async def webhooks(self) -> list[WebhookView]:
        return [WebhookView.model_validate(one) for one in await self._ask("GET", "/webhooks")]

    async def api_calls(self, name: str = "") -> list[ApiCallView]:
        calls = await self._ask("GET", "/api-calls", params={"name": name})
        return [ApiCallView.model_validate(one) for one in calls]

    async def statistics(self) -> dict[str, int]:
        """How many webhooks ended how, in the words of LINE's error statistics."""
        return dict((await self._ask("GET", "/state"))["statistics"])

    async def send_raw(self, body: bytes, signature: str | None = None) -> WebhookView:
        """Send these bytes to the bot as a webhook, signed rightly unless a signature is given."""
        headers = {} if signature is None else {"x-signature": signature}
        return WebhookView.model_validate(await self._ask("POST", "/raw-webhook", content=body, headers=headers))

    async def idle(self, wait: float = 10.0) -> bool:
        """Whether no webhook is under way any more, waiting at most so many seconds."""
        return bool((await self._ask("POST", "/idle", params={"wait": wait}))["idle"])

    async def walk(
        self,
        examples: list[dict[str, str]] | None = None,
        *,
        walk: dict[str, Any] | None = None,
        concurrency: int = 4,
        limit: int | None = None,
    ) -> RunView:
        """Start a run: these examples or the preloaded ones."""
        body = {"examples": examples, "walk": walk, "concurrency": concurrency, "limit": limit}
        return RunView.model_validate(await self._ask("POST", "/walks", json=body))

    async def run(self, run: RunView | str, *, wait: float = 0.0) -> RunView:
        """How far a run is; with `wait` (at most 120 seconds), when it has ended or the time is over."""
        run_id = run if isinstance(run, str) else run.id
        return RunView.model_validate(await self._ask("GET", f"/walks/{run_id}", params={"wait": wait}))

    async def reset(self) -> None:
        await self._ask("POST", "/reset")


def _id(person: PersonView | str) -> str:
    return person if isinstance(person, str) else person.id
