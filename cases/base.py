"""What every table shares: naming of constraints, sealed columns, choices as text with a CHECK."""

from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID, uuid4

from sqlalchemy import ARRAY, CheckConstraint, Column, DateTime, Dialect, LargeBinary, MetaData, Table, Text, Uuid
from sqlalchemy.orm import DeclarativeBase, MappedColumn, mapped_column
from sqlalchemy.types import TypeDecorator

Choice = TypeVar("Choice", bound=StrEnum)

_NAMES = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}


class ChoiceType(TypeDecorator[StrEnum]):
    """One code of an enumeration, stored as text."""

    impl = Text
    cache_ok = True

    def __init__(self, choices: type[StrEnum]) -> None:
        super().__init__()
        self.choices = choices

    def process_bind_param(self, value: StrEnum | str | None, _dialect: Dialect) -> str | None:
        return None if value is None else self.choices(value).value

    def process_result_value(self, value: str | None, _dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.choices(value)

    def check(self, column: str) -> str:
        return f"{column} IN ({_listed(self.choices)})"


class ChoicesType(TypeDecorator[list[StrEnum]]):
    """Several codes of an enumeration, stored as an array of text."""

    impl = ARRAY(Text)
    cache_ok = True

    def __init__(self, choices: type[StrEnum]) -> None:
        super().__init__()
        self.choices = choices

    def process_bind_param(self, value: list[Any] | None, _dialect: Dialect) -> list[str] | None:
        return None if value is None else [self.choices(item).value for item in value]

    def process_result_value(self, value: list[str] | None, _dialect: Dialect) -> list[StrEnum] | None:
        return None if value is None else [self.choices(item) for item in value]

    def check(self, column: str) -> str:
        return f"{column} <@ ARRAY[{_listed(self.choices)}]::text[]"


class Base(DeclarativeBase):
    """Columns of type `str` are text, of `datetime` are UTC; each choice column gets its CHECK constraint."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class, nobody changes it
        str: Text,
        datetime: DateTime(timezone=True),
        list[str]: ARRAY(Text),
        UUID: Uuid,
    }

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if isinstance(cls.__table__, Table):
            for column in cls.__table__.columns:
                if isinstance(column.type, ChoiceType | ChoicesType):
                    check = CheckConstraint(column.type.check(column.name), name=column.name)
                    cls.__table__.append_constraint(check)


def key() -> MappedColumn[UUID]:
    """A primary key that tells nothing: neither how many there are nor which came first."""
    return mapped_column(Uuid, primary_key=True, default=uuid4)


def choice(choices: type[Choice], **options: Any) -> MappedColumn[Choice]:
    """A column that holds one code of `choices`."""
    return mapped_column(ChoiceType(choices), **options)


def choices(codes: type[Choice]) -> MappedColumn[list[Choice]]:
    """A column that holds any number of codes of `codes`."""
    return mapped_column(ChoicesType(codes), default=list, server_default="{}")


def words() -> MappedColumn[list[str]]:
    """A column that holds ids whose list belongs to the city or to a script."""
    return mapped_column(ARRAY(Text), default=list, server_default="{}")


def sealed() -> MappedColumn[bytes | None]:
    """A column whose text is sealed; written with `UnitOfWork.seal`, read with `Reader.open`."""
    return mapped_column(LargeBinary, info={"sealed": True})


def is_sealed(column: Column[Any]) -> bool:
    return bool(column.info.get("sealed"))


def _listed(choices: type[StrEnum]) -> str:
    return ", ".join(f"'{choice.value}'" for choice in choices)
