"""What a term means over a lexicon, in however many steps that was worked out."""

from math import floor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from shared.text.analyser import analyser_version, is_known, lexeme_forms, stem
from shared.text.expansion import FEW, NO_MATCHES, Stretch, expand
from shared.text.terms import NO_TOLERANCE, SHORTEST_TOLERANT, Term, TermKind, make_term

FORMS = (
    "вернуть", "верните", "вернул", "вернулся", "возврат", "вернуи", "деньги", "денег", "деньгами",
    "стать", "стали", "сталь", "день", "дел", "деть", "получить", "поручить", "плучить", "не", "ни",
    "жалоба", "жалобная", "refund", "refunds", "refuse", "paid", "pay", "25", "атс", "atc", "",
)  # fmt: skip


def found(form: str, kind: TermKind = TermKind.LEMMA, strictness: int = 85) -> dict[str, int]:
    matches = expand(make_term(form, kind, strictness), Stretch(FORMS, 0))
    return {FORMS[n]: score for n, score in zip(matches.word_nos, matches.scores, strict=True)}


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("вернуть", {"вернуть": 100, "верните": 100, "вернул": 100, "вернуи": 85}),
        ("деньги", {"деньги": 100, "денег": 100, "деньгами": 100}),
        ("стали", {"стать": 100, "стали": 100}),
        ("сталь", {"сталь": 100}),
        ("день", {"день": 100}),
        ("получить", {"получить": 100, "плучить": 87}),
        ("не", {"не": 100}),
        ("refunded", {"refund": 100, "refunds": 100}),
        ("pay", {"pay": 100, "paid": 100}),
        ("25", {"25": 100}),
        ("атс", {"атс": 100, "atc": 100}),
    ],
)
def test_forms_of_a_word(form: str, expected: dict[str, int]) -> None:
    assert found(form) == expected


def test_exact_and_prefix() -> None:
    assert found("вернуть", TermKind.EXACT) == {"вернуть": 100}
    assert found("жалоб", TermKind.PREFIX) == {"жалоба": 100, "жалобная": 100}


def test_strict_terms_tolerate_nothing() -> None:
    assert "вернуи" not in found("вернуть", strictness=100)
    assert make_term("окно", TermKind.LEMMA, 50).cutoff == NO_TOLERANCE
    assert make_term("12", TermKind.LEMMA, 50) == Term(TermKind.EXACT, "12")
    assert make_term("не", TermKind.LEMMA, 50).kind is TermKind.EXACT


def test_other_parts_of_speech_are_other_words() -> None:
    assert "оплаченный" not in lexeme_forms("оплатить")
    assert "оплатить" not in lexeme_forms("оплачен")
    assert "дешевый" not in lexeme_forms("дешевле")
    assert "покупаю" not in lexeme_forms("куплю")


def test_stems() -> None:
    assert stem("cancelled") == stem("cancelling") == stem("cancel")
    assert stem("sent") == stem("sends")
    assert stem("деньги") is None


def test_the_key_holds_everything_that_the_content_depends_on() -> None:
    version = analyser_version()
    terms = [
        Term(TermKind.LEMMA, "вернуть", 85), Term(TermKind.LEMMA, "вернуть", 90),
        Term(TermKind.EXACT, "вернуть", 100), Term(TermKind.LEMMA, "деньги", 85),
    ]  # fmt: skip
    keys = {term.key(version) for term in terms} | {terms[0].key("other")}
    assert len(keys) == 5


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(0, len(FORMS)), max_size=4), st.sampled_from(FORMS[:-1]))
def test_extending_gives_what_expanding_at_once_gives(cuts: list[int], form: str) -> None:
    term = make_term(form, TermKind.LEMMA, 80)
    at_once = expand(term, Stretch(FORMS, 0))
    matches = NO_MATCHES
    for end in [*sorted(cuts), len(FORMS)]:
        matches = matches.extended(expand(term, Stretch(FORMS[matches.up_to : end], matches.up_to)))
    assert matches.up_to == at_once.up_to == len(FORMS)
    assert np.array_equal(matches.word_nos, at_once.word_nos)
    assert np.array_equal(matches.scores, at_once.scores)


ERRORS = st.text(alphabet="вернутьдгшщ", min_size=3, max_size=11)


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(["вернуть", "деньги", "договор"]), st.lists(ERRORS, max_size=8, unique=True),
       st.integers(1, 100), st.sampled_from([0, FEW]))  # fmt: skip
def test_resembling_words_are_those_of_a_plain_comparison(
    form: str, others: list[str], cutoff: int, more: int
) -> None:
    term = Term(TermKind.LEMMA, form, cutoff)
    unlike = ["ы" * (20 + length) for length in range(more)]
    matches = expand(term, Stretch([*others, *unlike], 0))
    found = dict(zip(matches.word_nos.tolist(), matches.scores.tolist(), strict=True))
    forms = lexeme_forms(form)
    for number, other in enumerate(others):
        if other in forms:
            assert found[number] == 100
            continue
        best = max(
            100 - 100 * Levenshtein.distance(one, other) / max(len(one), len(other))
            for one in forms
            if len(one) >= SHORTEST_TOLERANT
        )
        resembles = len(other) >= SHORTEST_TOLERANT and not is_known(other) and cutoff < 100
        if resembles and best >= cutoff - 1e-6:
            assert found[number] == floor(best + 1e-6)
        else:
            assert number not in found
