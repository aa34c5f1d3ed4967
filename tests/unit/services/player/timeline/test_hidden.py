"""Where recordings lie over each other, the one that started later is heard."""

from services.player.timeline.hidden import Hidden, Sounding, hidden, sides_of
from shared.domain.recording import Speaker

OPERATOR, CLIENT, UNKNOWN = Speaker.OPERATOR, Speaker.CLIENT, Speaker.UNKNOWN
BOTH = frozenset({OPERATOR, CLIENT})


def test_what_follows_one_another_hides_nothing() -> None:
    assert hidden([Sounding(1, 0, 1000, BOTH), Sounding(2, 1000, 2000, BOTH)]) == []


def test_the_later_one_is_heard_on_both_sides() -> None:
    assert hidden([Sounding(2, 900, 2000, BOTH), Sounding(1, 0, 1000, BOTH)]) == [
        Hidden(1, CLIENT, 900, 1000),
        Hidden(1, OPERATOR, 900, 1000),
    ]


def test_one_inside_another_leaves_its_ends() -> None:
    found = hidden([Sounding(1, 0, 5000, BOTH), Sounding(2, 1000, 2000, frozenset({CLIENT}))])
    assert found == [Hidden(1, CLIENT, 1000, 2000)]


def test_two_sides_do_not_hide_each_other() -> None:
    sides = [Sounding(number, 0, 1000, frozenset({side})) for number, side in enumerate(BOTH)]
    assert hidden(sides) == []


def test_of_two_that_start_together_the_one_that_came_later_is_heard() -> None:
    one_side = frozenset({OPERATOR})
    assert hidden([Sounding(8, 0, 900, one_side), Sounding(7, 0, 1000, one_side)]) == [
        Hidden(7, OPERATOR, 0, 900)
    ]


def test_each_stretch_is_named_once_under_three() -> None:
    one_side = frozenset({CLIENT})
    stack = [Sounding(number, number * 100, 1000, one_side) for number in (1, 2, 3)]
    assert hidden(stack) == [Hidden(1, CLIENT, 200, 1000), Hidden(2, CLIENT, 300, 1000)]


def test_sides_of_speakers() -> None:
    assert sides_of([OPERATOR]) == {OPERATOR}
    assert sides_of([CLIENT]) == {CLIENT}
    for speakers in ([UNKNOWN], [OPERATOR, CLIENT], [OPERATOR, OPERATOR], []):
        assert sides_of(speakers) == BOTH
