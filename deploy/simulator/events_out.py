"""Webhook events in the exact shapes of LINE's webhook description."""

from deploy.simulator import ids
from deploy.simulator.models import Item, Json, Person
from deploy.simulator.world import World

READABLE = {"text", "image", "video", "audio", "file", "location", "sticker"}


def envelope(world: World, person: Person, kind: str, *, answerable: bool, **more: Json) -> Json:
    """One event of this person. In standby nobody may answer, so no reply token is given."""
    now = world.clock.now()
    event: Json = {"type": kind, **more}
    event["webhookEventId"] = ids.ulid(int(now * 1000))
    event["deliveryContext"] = {"isRedelivery": False}
    event["timestamp"] = int(now * 1000)
    event["source"] = {"type": "user", "userId": person.id}
    if answerable and world.settings.mode == "active":
        token = ids.reply_token()
        world.tokens.issue(token, person.id, now)
        event["replyToken"] = token
    event["mode"] = world.settings.mode
    return event


def message_event(world: World, person: Person, item: Item) -> Json:
    """The event for a message that stands in the talk as `item`."""
    message = {"type": item.message["type"], "id": item.id}
    if item.quote_token:
        message["quoteToken"] = item.quote_token
    message.update({key: value for key, value in item.message.items() if key != "type"})
    if world.settings.chat_mode == "chat" and item.message["type"] in READABLE:
        token = ids.quote_token()
        world.read_tokens[token] = (person.id, item.id)
        message["markAsReadToken"] = token
    return envelope(world, person, "message", answerable=True, message=message)
