from sqlalchemy.orm import Mapped, mapped_column

from cases.base import Base, words


class Agency(Base):
    """An agency of the city's directory. The directory itself is data of the city; hand-offs need the row."""

    __tablename__ = "agencies"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    types: Mapped[list[str]] = words()
    phone: Mapped[str] = mapped_column(default="", server_default="")
    active: Mapped[bool] = mapped_column(default=True, server_default="true")
