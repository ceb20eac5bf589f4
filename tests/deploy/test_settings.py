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


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"KIZUKI_KEYS": ""}, "KIZUKI_KEYS: 空です。作り方: "),
        ({"KIZUKI_LINE_CHANNEL_SECRET": "short"}, "KIZUKI_LINE_CHANNEL_SECRET: 空か、短すぎるか"),
        ({"KIZUKI_METRICS_TOKEN": "short"}, "KIZUKI_METRICS_TOKEN: 短すぎるか、見本のままです"),
        ({"KIZUKI_PORT": "many"}, "KIZUKI_PORT: 数字(整数)で"),
        ({"KIZUKI_PORT": "-1"}, "KIZUKI_PORT: 0 以上の"),
        ({"KIZUKI_PORT": "70000"}, "KIZUKI_PORT: 65535 以下の"),
        ({"KIZUKI_TALK_TEXT": "much"}, "KIZUKI_TALK_TEXT: 使える値ではありません"),
        ({"KIZUKI_REDIS_URL": "http://x"}, "KIZUKI_REDIS_URL: redis:// か rediss:// か unix:// で始まる"),
        ({"KIZUKI_DATABASE_URL": "postgresql://[must]/x"}, "KIZUKI_DATABASE_URL: postgresql:// で始まる"),
        ({"KIZUKI_HOST": "0.0.0.0"}, "KIZUKI_BASE_URL: KIZUKI_HOST がほかの機械に"),
        ({"KIZUKI_FORWARD_URL": "http://other.example/"}, "KIZUKI_FORWARD_URL: このパソコンの外へは"),
        ({"KIZUKI_LIFF_ID": "1-a"}, "KIZUKI_LIFF_ID と KIZUKI_LINE_LOGIN_CHANNEL_ID: 両方を"),
    ],
)
def test_what_is_wrong_is_said_in_japanese_one_line_each(
    environment: pytest.MonkeyPatch, values: dict[str, str], said: str
) -> None:
    for name, value in values.items():
        environment.setenv(name, value)
    with pytest.raises(SettingsError) as refusal:
        load()
    lines = str(refusal.value).splitlines()
    assert any(line.startswith(said) for line in lines)
    assert not any(english in str(refusal.value) for english in ("Value error", "Input should", "must", "; "))


def test_a_value_that_is_wrong_in_a_way_of_its_own_is_named_too() -> None:
    with pytest.raises(SettingsError, match=r"^KIZUKI_CITY: この値は使えません"):
        load(city=1)


def test_cookies_are_secure_where_the_public_address_is(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("KIZUKI_BASE_URL", "https://kizuki.example/")
    assert load().secure_cookies
    assert load().public_url == "https://kizuki.example"


def test_settings_cannot_be_changed_later() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load().port = 1
