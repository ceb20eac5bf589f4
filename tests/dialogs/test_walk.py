from dialogs import walk
from dialogs.book import Book


def test_the_walk_reaches_everything_and_an_end_from_everywhere(book: Book) -> None:
    walks = [walk.walk(book, zone) for zone in walk.ZONES]
    assert walk.expected(book) <= {position.name for found in walks for position in found.positions}
    for found in walks:
        assert not list(found.stuck())
        assert any(visit.step.effects for visit in found.visits)


def test_a_position_without_a_way_out_is_stuck(book: Book) -> None:
    found = walk.walk(book, walk.Zone("off", has_form=False))
    place = next(place for place in found.positions if place.step == "since")
    found.links = {name: leads - {place} for name, leads in found.links.items()} | {place: {place}}
    assert list(found.stuck()) == [place]
