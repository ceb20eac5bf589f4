"""`pytest tests/dialogs --update` rewrites the golden transcripts; the diff is what is reviewed."""

import pytest
from hypothesis import settings

from dialogs.book import Book, load_book
from dialogs.engine import Engine
from tests.dialogs.driver import Talk

settings.register_profile("kizuki", deadline=None)  # the machine may be busy; a slow example is no fault
settings.load_profile("kizuki")


@pytest.fixture(scope="session")
def book() -> Book:
    return load_book()


@pytest.fixture(scope="session")
def engine(book: Book) -> Engine:
    return Engine(book)


@pytest.fixture
def talk(engine: Engine) -> Talk:
    return Talk(engine)
