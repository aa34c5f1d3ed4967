"""What rules find in conversations, one claim a line."""

from typing import Any

import numpy as np
import pytest

from services.topics.language.verdict import Verdict
from services.topics.matching.at_hand import Leg
from services.topics.matching.speech import Sides
from shared.domain.recording import Speaker
from shared.domain.transcript import Utterance, Word

from .speech import Sound, Talk, judge, say, say_all

NO, UNDECIDABLE, YES = Verdict.NO, Verdict.UNDECIDABLE, Verdict.YES


def said(*phrases: str, **more: Any) -> dict[str, Any]:
    return {"said": {"phrases": list(phrases), **more}}


def not_said(*phrases: str, **more: Any) -> dict[str, Any]:
    return {"not_said": {"phrases": list(phrases), **more}}


def verdict(rule: dict[str, Any], talk: Talk, **options: bool) -> Verdict:
    return Verdict(int(judge([rule], [talk], **options).verdicts[0, 0]))


def both(*lines: str) -> Talk:
    return Talk([Sound(say_all(*lines, "operator: ъъ", "client: ъъ"))])


@pytest.mark.parametrize(
    ("phrase", "text", "expected"),
    [
        pytest.param("вернуть деньги", "верните деньги", True, id="any-form"),
        pytest.param("вернуть деньги", "верните мне мои деньги", True, id="two-words-between"),
        pytest.param("вернуть деньги", "верните вы мне мои деньги", False, id="three-between"),
        pytest.param("вернуть деньги", "деньги вернуть", False, id="order"),
        pytest.param('"вернуть деньги"', "вернуть мои деньги", False, id="adjacent"),
        pytest.param("вернуть <5> деньги", "вернуть раз два три мои деньги", True, id="gap"),
        pytest.param("!купить", "куплю", False, id="exact-other-form"),
        pytest.param("!купить", "купить", True, id="exact"),
        pytest.param("куплю", "покупаю", False, id="other-lexeme"),
        pytest.param("окно", "окошко", False, id="diminutive"),
        pytest.param("жалоб*", "жалобную книгу", True, id="prefix"),
        pytest.param("{вернуть|возвратить} деньги", "возвратите деньги", True, id="either"),
        pytest.param("{вернуть деньги|отмена} срочно", "верните деньги срочно", True, id="longer"),
        pytest.param("счет", "счёт", True, id="yo"),
        pytest.param("ATC", "атс наша", True, id="latin-look-alikes"),
        pytest.param("наша АТС", "наша ATC", True, id="cyrillic-look-alikes"),
        pytest.param("двадцать пять процентов", "скидка 25%", True, id="digits-for-words"),
        pytest.param("12 сентября", "двенадцатого сентября", True, id="words-for-digits"),
        pytest.param("5", "двадцать пять", False, id="part-of-a-number"),
        pytest.param("25 000 рублей", "двадцать пять тысяч рублей", True, id="long-number"),
        pytest.param("хочу вернуть", "не хочу вернуть", False, id="negation-before"),
        pytest.param("хочу вернуть", "хочу не вернуть", False, id="negation-between"),
        pytest.param("не хочу вернуть", "не хочу вернуть", True, id="negation-asked"),
        pytest.param("не хочу вернуть", "хочу вернуть", False, id="negation-never-dropped"),
        pytest.param("хочу вернуть", "не знаю хочу вернуть", True, id="negation-farther"),
        pytest.param("want to return", "do not want to return", False, id="english-negation"),
        pytest.param("want to return", "don't want to return", False, id="contracted-negation"),
        pytest.param("refund", "refunded", True, id="english-form"),
        pytest.param("pay", "paid", True, id="english-irregular"),
        pytest.param("договор", "даговор", True, id="one-letter-misheard"),
        pytest.param("получить", "поручить", False, id="a-known-word-is-no-error"),
        pytest.param("счет", "щет", False, id="short-words-are-exact"),
        pytest.param("не", "ни", False, id="negation-is-exact"),
    ],
)
def test_phrases(phrase: str, text: str, *, expected: bool) -> None:
    assert verdict(said(phrase, by="client"), both(f"client: {text}")) == (YES if expected else NO)


def test_a_stricter_rule_takes_no_misheard_word() -> None:
    talk = both("client: даговор")
    assert verdict(said("договор", strictness=100), talk) == NO
    judged = judge([said("договор")], [talk])
    assert [hit.score for hit in judged.hits(0, 0)] == [85]


def test_speakers() -> None:
    talk = both("client: верните деньги")
    assert verdict(said("верните деньги", by="client"), talk) == YES
    assert verdict(said("верните деньги", by="operator"), talk) == NO
    assert verdict(said("верните деньги"), talk) == YES


def test_a_phrase_is_never_put_together_from_two_speakers() -> None:
    assert verdict(said("верните деньги"), both("client: верните", "operator: деньги")) == NO


def test_words_of_the_other_side_between_do_not_count() -> None:
    client = say("client: верните мои деньги", at_ms=0, word_ms=600)
    operator = say("operator: да да да да да да да", at_ms=100, word_ms=200)
    assert verdict(said("вернуть деньги", by="client"), Talk([Sound([client, operator])])) == YES


@pytest.mark.parametrize(("pause_ms", "expected"), [(2000, YES), (2001, NO)])
def test_a_long_pause_ends_a_phrase(pause_ms: int, expected: Verdict) -> None:
    words = (Word("верните", 0, 500, 1.0), Word("деньги", 500 + pause_ms, 3000, 1.0))
    two = [Utterance(Speaker.CLIENT, 1, (word,)) for word in words]
    operator = say("operator: да", at_ms=1000)
    for utterances in ([Utterance(Speaker.CLIENT, 1, words)], two):
        talk = Talk([Sound([*utterances, operator])])
        assert verdict(said("верните деньги"), talk) == expected


LEGS = (
    Leg(1, 11, 0, 10_000, talked=True, heard=True),
    Leg(2, 22, 10_000, 60_000, talked=True, heard=True),
)


def transferred() -> Talk:
    """One recording over two legs; the second begins in the middle of a phrase."""
    client = say("client: верните деньги", at_ms=9_500, word_ms=600)
    first = say("operator: здравствуйте", at_ms=0)
    second = say("operator: слушаю вас", at_ms=12_000)
    late = say("client: верните деньги", at_ms=20_000)
    return Talk([Sound([first, client, second, late], legs=(0, 1))], LEGS)


def test_a_phrase_does_not_cross_legs_and_hits_name_theirs() -> None:
    judged = judge([said("верните деньги", by="client")], [transferred()])
    assert [(hit.leg_id, hit.employee_id, hit.start_ms) for hit in judged.hits(0, 0)] == [
        (2, 22, 20_000)
    ]


@pytest.mark.parametrize(
    ("scope", "expected"),
    [("contact", NO), ("first_leg", NO), ("last_leg", YES), ("each_leg", YES)],
)
def test_scopes_of_absence(scope: str, expected: Verdict) -> None:
    rule = {**not_said("здравствуйте", by="operator"), "scope": scope}
    assert verdict(rule, transferred()) == expected


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        pytest.param({"first_s": 12}, YES, id="first-seconds"),
        pytest.param({"first_s": 10}, NO, id="not-in-the-first-seconds"),
        pytest.param({"last_s": 50}, YES, id="last-seconds"),
        pytest.param({"last_s": 48}, NO, id="not-in-the-last-seconds"),
        pytest.param({"first_percent": 20}, YES, id="first-percent"),
        pytest.param({"last_percent": 80}, NO, id="not-in-the-last-percent"),
        pytest.param({"first_s": 12, "last_s": 50}, YES, id="both-hold"),
        pytest.param({"first_s": 12, "last_s": 48}, NO, id="one-fails"),
    ],
)
def test_windows(window: dict[str, float], expected: Verdict) -> None:
    talk = Talk([Sound([say("client: договор", at_ms=11_000), say("operator: да", at_ms=0)])])
    assert verdict(said("договор", by="client", window=window), talk) == expected


def test_windows_of_a_leg_are_on_its_clock() -> None:
    rule = {**said("слушаю", window={"first_s": 5}), "scope": "each_leg"}
    assert verdict(rule, transferred()) == YES
    assert verdict({**rule, "scope": "contact"}, transferred()) == NO


@pytest.mark.parametrize(("times", "expected"), [(2, YES), (3, NO)])
def test_at_least(times: int, expected: Verdict) -> None:
    talk = both("client: договор да договор")
    assert verdict(said("договор", at_least=times), talk) == expected


def test_findings_that_share_a_word_count_once() -> None:
    talk = both("client: верните мои деньги")
    rule = said("верните деньги", "мои деньги", "верните мои", at_least=2)
    assert verdict(rule, talk) == NO


def test_trees() -> None:
    talk = both("client: один", "operator: два")
    one, two, three = said("один"), said("два"), said("три")
    assert verdict({"all": [one, two]}, talk) == YES
    assert verdict({"all": [one, three]}, talk) == NO
    assert verdict({"any": [three, two]}, talk) == YES
    assert verdict({"none": [three]}, talk) == YES
    assert verdict({"none": [one, three]}, talk) == NO


MONO = Talk(
    [Sound([Utterance(Speaker.UNKNOWN, 0, say("client: верните деньги", at_ms=0).words)],
           audible=Sides.UNKNOWN)]
)  # fmt: skip
UNHEARD = Talk([], [Leg(1, None, 0, 9000, talked=True, heard=False)])


@pytest.mark.parametrize(
    ("rule", "talk", "expected"),
    [
        pytest.param(said("верните деньги", by="client"), MONO, UNDECIDABLE, id="mono-speaker"),
        pytest.param(said("спасибо", by="client"), MONO, UNDECIDABLE, id="mono-speaker-absent"),
        pytest.param(said("верните деньги"), MONO, YES, id="mono-anyone"),
        pytest.param(said("спасибо"), MONO, NO, id="mono-anyone-absent"),
        pytest.param(not_said("спасибо", by="operator"), MONO, UNDECIDABLE, id="mono-absence"),
        pytest.param(said("да"), UNHEARD, UNDECIDABLE, id="no-transcript"),
        pytest.param(not_said("да"), UNHEARD, UNDECIDABLE, id="no-transcript-absence"),
        pytest.param(
            {"any": [said("верните деньги"), said("да", by="client")]}, MONO, YES,
            id="yes-or-undecidable",
        ),
        pytest.param(
            {"all": [said("спасибо"), said("да", by="client")]}, MONO, NO,
            id="no-and-undecidable",
        ),
        pytest.param(
            {"all": [said("верните деньги"), said("да", by="client")]}, MONO, UNDECIDABLE,
            id="yes-and-undecidable",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_heard(rule: dict[str, Any], talk: Talk, expected: Verdict) -> None:
    assert verdict(rule, talk) == expected


def test_an_account_may_take_unknown_speakers_for_anyone() -> None:
    rule = said("верните деньги", by="client")
    assert verdict(rule, MONO, unknown_is_anyone=True) == YES
    assert verdict(not_said("спасибо", by="operator"), MONO, unknown_is_anyone=True) == YES


def test_a_side_that_was_never_heard_is_not_blamed() -> None:
    dead = Talk([Sound(say_all("client: алло"))])
    assert verdict(not_said("здравствуйте", by="operator"), dead) == UNDECIDABLE
    one_sided = Talk([Sound(say_all("client: алло"), audible=Sides.CLIENT)])
    assert verdict(not_said("здравствуйте", by="operator"), one_sided) == UNDECIDABLE


def test_an_internal_call_has_no_client() -> None:
    talk = Talk([Sound(say_all("operator: верните деньги"), audible=Sides.OPERATOR)],
                talkers=Sides.OPERATOR)  # fmt: skip
    assert verdict(said("верните деньги", by="operator"), talk) == YES
    assert verdict(said("верните деньги", by="client"), talk) == NO
    assert verdict(not_said("спасибо", by="client"), talk) == NO


def test_a_leg_without_talk_raises_no_doubt() -> None:
    ringing = Leg(1, None, 0, 5_000, talked=False, heard=True)
    talk = Talk([Sound(say_all("client: да", "operator: да"), legs=(1,))],
                [ringing, Leg(2, None, 5_000, 60_000, talked=True, heard=True)])  # fmt: skip
    assert verdict(not_said("спасибо", by="operator"), talk) == YES


def test_a_batch_gives_what_each_contact_alone_gives() -> None:
    rules = [said("верните деньги"), {**not_said("здравствуйте"), "scope": "each_leg"}]
    talks = [transferred(), MONO, UNHEARD, both("client: верните деньги"), Talk(), transferred()]
    together = judge(rules, talks)
    for n, talk in enumerate(talks):
        alone = judge(rules, [talk])
        assert np.array_equal(together.verdicts[:, n], alone.verdicts[:, 0])
        for rule in range(len(rules)):
            if n in together.contacts_of(rule):
                assert together.hits(rule, n) == alone.hits(rule, 0)


def test_nothing_to_judge() -> None:
    assert judge([said("да")], []).verdicts.shape == (1, 0)
    assert judge([], [both("client: да")]).verdicts.shape == (0, 1)
