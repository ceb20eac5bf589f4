"""All settings, read once from the environment (`KIZUKI_…`), frozen, checked before anything starts."""

import base64
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from cases.crypto import Keyring, KeyringError
from deploy.texts import text

PLACEHOLDERS = frozenset({"changeme", "change-me", "secret", "password", "your-channel-secret", "your-access-token"})
SHORTEST_SECRET = 16
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
TalkText = Literal["off", "short", "full"]
_PROBLEMS = {
    "literal_error": "one_of",
    "int_parsing": "number",
    "greater_than_equal": "at_least",
    "less_than_equal": "at_most",
}
"""What is said of a value that pydantic itself refuses; the rest is `unreadable`."""


class SettingsError(ValueError):
    """The settings cannot be used; the message names every variable and its remedy."""


def _url_with(*schemes: str) -> AfterValidator:
    def check(value: str) -> str:
        try:
            scheme = urlsplit(value).scheme
        except ValueError:  # its message would repeat a part of the value
            scheme = ""
        if value and scheme not in schemes:
            raise ValueError(text("settings.begin", beginnings=" か ".join(f"{scheme}://" for scheme in schemes)))
        return value

    return AfterValidator(check)


class Settings(BaseSettings):
    """The settings of DESIGN §9. Empty URLs mean the embedded service in `data_dir`."""

    model_config = SettingsConfigDict(env_prefix="KIZUKI_", frozen=True, extra="ignore", env_ignore_empty=True)

    line_channel_secret: SecretStr = Field(
        SecretStr(""), description="Channel secret; several while rotating, by comma"
    )
    line_channel_access_token: SecretStr = Field(SecretStr(""), description="Channel access token")
    line_api_base: Annotated[str, _url_with("http", "https")] = Field(
        "https://api.line.me", description="Base of the Messaging API (both hosts); the simulator in the demo"
    )
    database_url: Annotated[str, _url_with("postgresql")] = Field("", description="PostgreSQL; empty = embedded")
    redis_url: Annotated[str, _url_with("redis", "rediss", "unix")] = Field("", description="Redis; empty = embedded")
    keys: SecretStr = Field(
        SecretStr(""), description="id:base64 of 32 bytes, by comma; the first encrypts, all decrypt"
    )
    city: str = Field("nagano", description="City pack: an id below deploy/cities, or the path of a folder")
    base_url: Annotated[str, _url_with("http", "https")] = Field(
        "", description="Public address, for links and for secure cookies; empty = http://host:port"
    )
    talk_text: TalkText = Field("short", description="Free text in the talk: off, short (600 characters), full")
    forwarded_secret: SecretStr = Field(
        SecretStr(""), description="Secret of a program that passes LINE's events on to us, signed anew; by comma"
    )
    forward_url: Annotated[str, _url_with("http", "https")] = Field(
        "", description="Where events of a shared account that are not ours are passed on to; empty = nowhere"
    )
    forward_secret: SecretStr = Field(SecretStr(""), description="What events passed on are signed with")
    liff_id: str = Field("", description="LIFF app of the secure form; empty = the link alone")
    line_login_channel_id: str = Field("", description="LINE Login channel that the LIFF app belongs to")
    quick_exit_url: Annotated[str, _url_with("https")] = Field(
        "https://www.jma.go.jp/bosai/forecast/", description="Where 画面をすぐ閉じる leads: a page of no meaning"
    )
    metrics_token: SecretStr = Field(SecretStr(""), description="Bearer token of /metrics; empty = this machine only")
    host: str = Field("127.0.0.1", description="Address to listen on")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on")
    data_dir: Path = Field(Path("data"), description="Folder of the embedded services")

    @property
    def channel_secrets(self) -> tuple[str, ...]:
        return _listed(self.line_channel_secret)

    @property
    def accepted_secrets(self) -> tuple[str, ...]:
        """Everything a webhook may be signed with: the channel's own, and a forwarder's."""
        return (*self.channel_secrets, *_listed(self.forwarded_secret))

    @property
    def has_form(self) -> bool:
        """Whether a link to the secure form would reach it: over https, or on this machine."""
        return self.secure_cookies or self.is_local

    @property
    def public_url(self) -> str:
        return self.base_url.rstrip("/") or f"http://{self.host}:{self.port}"

    @property
    def secure_cookies(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def is_local(self) -> bool:
        """Whether only programs on this machine reach it."""
        return self.host in LOOPBACK

    @model_validator(mode="after")
    def _refuse_what_is_unsafe(self) -> Self:
        problems = [
            *_secret_problems(self),
            *_key_problems(self.keys.get_secret_value()),
            *_wire_problems(self),
            *_pair_problems(self),
        ]
        if problems:
            raise ValueError("\n".join(problems))
        return self


def load(**overrides: object) -> Settings:
    """The settings of this process.

    Raises:
        SettingsError: something is missing or unsafe; secrets never appear in the message.
    """
    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # pydantic checks each value itself
    except ValidationError as error:
        raise SettingsError("\n".join(map(_told, error.errors(include_input=False)))) from None


def _told(wrong: ErrorDetails) -> str:
    """One thing that is wrong, in words that never repeat the value."""
    known = {name: str(value) for name, value in wrong.get("ctx", {}).items()}
    if not wrong["loc"]:
        return known["error"]
    if wrong["type"] == "value_error":
        problem = known["error"]
    else:
        problem = text(f"settings.{_PROBLEMS.get(wrong['type'], 'unreadable')}", **known)
    return text("settings.of", name=f"KIZUKI_{'_'.join(map(str, wrong['loc'])).upper()}", problem=problem)


def _listed(secrets: SecretStr) -> tuple[str, ...]:
    return tuple(part.strip() for part in secrets.get_secret_value().split(",") if part.strip())


def _secret_problems(settings: Settings) -> list[str]:
    secrets = settings.channel_secrets or ("",)
    token = settings.line_channel_access_token.get_secret_value()
    weak = [
        ("KIZUKI_LINE_CHANNEL_SECRET", any(_is_weak(secret) for secret in secrets)),
        ("KIZUKI_LINE_CHANNEL_ACCESS_TOKEN", _is_weak(token)),
    ]
    optional = [
        ("KIZUKI_FORWARDED_SECRET", any(_is_weak(secret) for secret in _listed(settings.forwarded_secret))),
        ("KIZUKI_FORWARD_SECRET", any(_is_weak(secret) for secret in _listed(settings.forward_secret))),
        ("KIZUKI_METRICS_TOKEN", any(_is_weak(secret) for secret in _listed(settings.metrics_token))),
    ]
    return [
        *(text("settings.weak", name=name) for name, bad in weak if bad),
        *(text("settings.weak_own", name=name, least=SHORTEST_SECRET) for name, bad in optional if bad),
    ]


def _is_weak(secret: str) -> bool:
    return len(secret.strip()) < SHORTEST_SECRET or secret.strip().lower() in PLACEHOLDERS


def _key_problems(keys: str) -> list[str]:
    remedy = text("settings.make_key")
    if not keys.strip():
        return [text("settings.no_key", remedy=remedy)]
    try:
        Keyring.parse(keys)
    except KeyringError:
        return [text("settings.no_keyring", remedy=remedy)]
    return [text("settings.flat_key", number=number, remedy=remedy) for number in _flat_keys(keys)]


def _flat_keys(keys: str) -> list[int]:
    """The places of keys that are one byte repeated, as an example in a document would be."""
    raw = [base64.b64decode(part.partition(":")[2]) for part in keys.split(",")]
    return [number for number, key in enumerate(raw, start=1) if len(set(key)) == 1]


def _wire_problems(settings: Settings) -> list[str]:
    """Passwords and tokens never cross a network in clear."""
    problems = []
    if not settings.is_local and not settings.secure_cookies:
        problems.append(text("settings.open_host"))
    api = urlsplit(settings.line_api_base)
    if api.scheme == "http" and api.hostname not in LOOPBACK:
        problems.append(text("settings.plain", name="KIZUKI_LINE_API_BASE"))
    forward = urlsplit(settings.forward_url)
    if forward.scheme == "http" and forward.hostname not in LOOPBACK:
        problems.append(text("settings.plain", name="KIZUKI_FORWARD_URL"))
    return problems


def _pair_problems(settings: Settings) -> list[str]:
    """Settings that mean something only together."""
    problems = []
    if bool(settings.forward_url) != bool(_listed(settings.forward_secret)):
        problems.append(text("settings.pair", one="KIZUKI_FORWARD_URL", other="KIZUKI_FORWARD_SECRET"))
    if bool(settings.liff_id) != bool(settings.line_login_channel_id):
        problems.append(text("settings.pair", one="KIZUKI_LIFF_ID", other="KIZUKI_LINE_LOGIN_CHANNEL_ID"))
    return problems
