"""What only the demo has: secrets of its own kept in its data folder, made-up staff, and the simulator."""

import base64
import json
import os
import secrets
import socket
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from admin.desk import DemoAccount
from admin.signin.passwords import hash_password
from cases import staff
from cases.staff.roles import Role
from deploy.children import Child, python_program
from deploy.citypack import load_city
from deploy.house import House, load_agencies, now
from deploy.running import ensure_port_free
from deploy.settings import Settings, load
from deploy.starting import StartError
from deploy.texts import text

SIMULATOR = Path(__file__).parent / "simulator"
ACCOUNTS = (
    ("triage@demo.example", "受付 花子", Role.TRIAGE, None),
    ("houkatsu@demo.example", "包括 太郎", Role.AGENCY, "houkatsu"),
    ("admin@demo.example", "管理 次郎", Role.ADMINISTRATOR, None),
)


@dataclass(frozen=True, slots=True)
class Secrets:
    """Made at the first start of a data folder; the second start on the same data needs the same ones."""

    channel_secret: str
    access_token: str
    keys: str
    password: str

    @classmethod
    def of(cls, data_dir: Path) -> "Secrets":
        file = data_dir / "demo.json"
        if file.exists():
            return cls(**json.loads(file.read_text(encoding="utf-8")))
        data_dir.mkdir(parents=True, exist_ok=True)
        made = cls(
            channel_secret=secrets.token_hex(16),
            access_token=secrets.token_urlsafe(48),
            keys="demo:" + base64.b64encode(secrets.token_bytes(32)).decode(),
            password=f"kizuki-{secrets.token_hex(3)}",
        )
        # Written beside and then renamed: a power cut leaves the whole file or none.
        handle, beside = tempfile.mkstemp(dir=data_dir)
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            json.dump(asdict(made), out)
        Path(beside).replace(file)
        return made


@dataclass(frozen=True, slots=True)
class Demo:
    settings: Settings
    secrets: Secrets
    simulator_port: int

    @classmethod
    def prepare(cls, simulator_port: int | None) -> "Demo":
        """Settings of the demo: its own services and secrets, whatever a real channel's environment says.

        Raises:
            StartError: it would be reachable from other machines, where its passwords are shown to all.
            SettingsError: a value of the environment is wrong.
        """
        data_dir = Path(os.environ.get("KIZUKI_DATA_DIR") or "data")
        kept = Secrets.of(data_dir)
        own = {"database_url": "", "redis_url": "", "base_url": "", "keys": kept.keys}
        line = {"line_channel_secret": kept.channel_secret, "line_channel_access_token": kept.access_token}
        settings = load(**own, **line)
        if not settings.is_local:
            raise StartError(text("errors.demo_host"))
        port = settings.port or free_port()
        beside = simulator_port or (port + 1 if settings.port else free_port())
        for taken in (port, beside):
            ensure_port_free(settings.host, taken)
        local = {"port": port, "line_api_base": f"http://127.0.0.1:{beside}"}
        return cls(settings.model_copy(update=local), kept, beside)

    @property
    def simulator_url(self) -> str:
        return f"http://127.0.0.1:{self.simulator_port}"

    def simulator(self, examples: Path | None, walk: Path | None) -> Child:
        options = {
            "--port": str(self.simulator_port),
            "--webhook-url": f"http://127.0.0.1:{self.settings.port}/line/webhook",
            "--channel-secret": self.secrets.channel_secret,
            "--access-token": self.secrets.access_token,
            "--walk": str(walk or SIMULATOR / "walks" / "notice.yaml"),
            "--examples": str(examples or SIMULATOR / "examples.jsonl"),
            "--account-name": text("demo_account_name", city=load_city(self.settings.city).name),
        }
        words = [f"{name}={value}" for name, value in options.items()]  # a token may begin with a minus sign
        return Child("simulator", python_program("deploy.simulator", "--follow-parent", *words), {})


def shown_accounts(password: str) -> list[DemoAccount]:
    """The made-up staff as the sign-in page and the terminal show them."""
    return [DemoAccount(email, password, name, text(f"role.{role.value}")) for email, name, role, _ in ACCOUNTS]


async def add_agencies_and_staff(settings: Settings, password: str) -> None:
    """The sample city's agencies and the demo's staff, where they are not there yet."""
    house = House.build(settings)
    try:
        await load_agencies(house)
        async with house.database.transaction() as uow:
            for email, name, role, agency_id in ACCOUNTS:
                if await staff.by_email(uow, email) is None:
                    hashed = hash_password(password)
                    await staff.add(
                        uow, email=email, name=name, role=role, agency_id=agency_id, password_hash=hashed, now=now()
                    )
    finally:
        await house.database.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
