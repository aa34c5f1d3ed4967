"""The phrase syntax: what it means, and where it says that it is wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.topics.language.phrase import PhraseError, parse_phrase


def shape(text: str) -> list[str]:
    """Patterns as text: kind:form, alternatives with /, the gap before in brackets."""
    return [
        " ".join(
            "/".join(f"{term.kind[0]}:{term.form}" for term in element.terms) + f"[{element.gap}]"
            for element in pattern
        )
        for pattern in parse_phrase(text, strictness=85).patterns
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("вернуть деньги", ["l:вернуть[2] l:деньги[2]"]),
        ('"вернуть деньги"', ["l:вернуть[2] l:деньги[0]"]),
        ("«вернуть деньги»", ["l:вернуть[2] l:деньги[0]"]),
        ('хочу "вернуть деньги" срочно', ["l:хочу[2] l:вернуть[2] l:деньги[0] l:срочно[2]"]),
        ("!купить окно", ["e:купить[2] l:окно[2]"]),
        ("жалоб*", ["p:жалоб[2]"]),
        ("вернуть <5> деньги", ["l:вернуть[2] l:деньги[5]"]),
        ("вернуть <0> деньги", ["l:вернуть[2] l:деньги[0]"]),
        ("{вернуть|!возвратить} деньги", ["l:вернуть/e:возвратить[2] l:деньги[2]"]),
        ("{да|ну да} нет", ["l:да[2] l:нет[2]", "l:ну[2] l:да[2] l:нет[2]"]),
        ('"{да|ну да} нет"', ["l:да[2] l:нет[0]", "l:ну[2] l:да[0] l:нет[0]"]),
        ("двадцать пять процентов", ["e:25[2] l:процентов[2]"]),
        ("двадцать <1> пять", ["e:20[2] e:5[1]"]),
        ("по-русски", ["l:по[2] l:русски[0]"]),
        ("25 000", ["e:2[2] e:5[0] e:0[0] e:0[0] e:0[0]"]),
        ("не хочу", ["e:не[2] l:хочу[2]"]),
        ("Добрый день, Анна", ["l:добрый[2] l:день[2] l:анна[2]"]),
    ],
)
def test_meaning(text: str, expected: list[str]) -> None:
    assert shape(text) == expected


@pytest.mark.parametrize(
    ("text", "position", "reason"),
    [
        ("", 1, "no word"),
        ('"вернуть', 1, "never closed"),
        ('да ""', 5, "nothing within"),
        ("<5> да", 1, "between two words"),
        ("да <5>", 4, "between two words"),
        ("да <1> <2> нет", 8, "between two words"),
        ("да <x> нет", 4, "<0> to <50>"),
        ("да <51> нет", 4, "<0> to <50>"),
        ('"да <1> нет"', 5, "within quotation marks"),
        ("{да|}", 5, "alternative without a word"),
        ("{да", 1, "never closed"),
        ("да {нет {ну}}", 9, "unexpected {"),
        ("да }", 4, "unexpected }"),
        ("да | нет", 4, "unexpected |"),
        ("да > нет", 4, "unexpected >"),
        ("воз*врат", 4, "after a word"),
        ("да!", 3, "before a word"),
        ("!жалоб*", 2, "either exact"),
        ("жа*", 1, "at least 3 letters"),
        ("пять*", 1, "not a number"),
        ("да ... нет", 4, "no word here"),
        ("{а|д е} " * 7, 1, "combinations"),
        ("да " * 31, 1, "at most 30 words"),
        ("я" * 501, 501, "at most 500 characters"),
    ],
)
def test_refusals_name_place_and_reason(text: str, position: int, reason: str) -> None:
    with pytest.raises(PhraseError) as refused:
        parse_phrase(text, strictness=85)
    assert reason in refused.value.reason
    assert refused.value.position == position


@given(st.text(alphabet='ab я1!*"{|}<>0 -', max_size=25))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        patterns = parse_phrase(text, strictness=85).patterns
    except PhraseError:
        return
    assert patterns
    assert all(pattern for pattern in patterns)
