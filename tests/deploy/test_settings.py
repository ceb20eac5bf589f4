import base64

import pytest

from deploy.settings import SettingsError, load

KEY = "k1:" + base64.b64encode(bytes(range(32))).decode()
GOOD = {
    "KIZUKI_LINE_CHANNEL_SECRET": "0123456789abcdef0123456789abcdef",
    "KIZUKI_LINE_CHANNEL_ACCESS_TOKEN": "t" * 40,
    "KIZUKI_KEYS": KEY,
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_a_complete_environment_is_accepted() -> None:
    settings = load()
    assert settings.city == "nagano"
    assert settings.talk_text == "short"
    assert settings.public_url == "http://127.0.0.1:8000"
    assert not settings.secure_cookies


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("value", ["", "   ", "changeme", "short"])
def test_blank_and_placeholder_secrets_are_refused(environment: pytest.MonkeyPatch, name: str, value: str) -> None:
    environment.setenv(name, value)
    with pytest.raises(SettingsError, match=name):
        load()


@pytest.mark.parametrize(
    "keys",
    [
        "k1:not base64",
        "k1:" + base64.b64encode(b"too short").decode(),
        "k1:" + base64.b64encode(bytes(32)).decode(),
        KEY + ",k0:",
    ],
)
def test_keys_that_protect_nothing_are_refused(environment: pytest.MonkeyPatch, keys: str) -> None:
    environment.setenv("KIZUKI_KEYS", keys)
    with pytest.raises(SettingsError, match="KIZUKI_KEYS"):
        load()


def test_a_refusal_never_repeats_a_secret(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("KIZUKI_LINE_CHANNEL_SECRET", "canary-123")
    environment.setenv("KIZUKI_KEYS", "canary-456")
    environment.setenv("KIZUKI_PORT", "canary-789")
    with pytest.raises(SettingsError) as refusal:
        load()
    assert "canary" not in str(refusal.value)


def test_every_secret_while_rotating_must_be_strong(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("KIZUKI_LINE_CHANNEL_SECRET", GOOD["KIZUKI_LINE_CHANNEL_SECRET"] + ", second-secret-of-ours")
    assert load().channel_secrets == (GOOD["KIZUKI_LINE_CHANNEL_SECRET"], "second-secret-of-ours")
    environment.setenv("KIZUKI_LINE_CHANNEL_SECRET", GOOD["KIZUKI_LINE_CHANNEL_SECRET"] + ",secret")
    with pytest.raises(SettingsError):
        load()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KIZUKI_DATABASE_URL", "mysql://x"),
        ("KIZUKI_REDIS_URL", "http://x"),
        ("KIZUKI_TALK_TEXT", "much"),
        ("KIZUKI_PORT", "70000"),
        ("KIZUKI_LINE_API_BASE", "ftp://x"),
    ],
)
def test_a_wrong_value_is_named(environment: pytest.MonkeyPatch, name: str, value: str) -> None:
    environment.setenv(name, value)
    with pytest.raises(SettingsError, match=name):
        load()


def test_cookies_are_secure_where_the_public_address_is(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("KIZUKI_BASE_URL", "https://kizuki.example/")
    assert load().secure_cookies
    assert load().public_url == "https://kizuki.example"


def test_settings_cannot_be_changed_later() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load().port = 1
