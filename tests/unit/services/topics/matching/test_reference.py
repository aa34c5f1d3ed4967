"""The matcher agrees with the slow reference on every rule and every conversation."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.topics.language.rule import parse_rule
from services.topics.matching.batch import BOTH_SIDES, Leg, Sides
from shared.domain.recording import Speaker
from shared.domain.transcript import Utterance, Word

from .reference import Reference
from .speech import Sound, Talk, judge

WORDS = ("вернуть", "верните", "вернуи", "деньги", "денег", "не", "ни", "да", "25", "хочу", "сто")
PHRASES = (
    "вернуть деньги", '"вернуть деньги"', "!верните", "верн*", "деньги", "не хочу",
    "{вернуть|деньги} хочу", "{вернуть деньги|да}", "хочу <1> деньги", "хочу вернуть деньги", "25",
    "да да", "не да", "деньги деньги вернуть", "двадцать пять", "вернуть <0> вернуть",
)  # fmt: skip

windows = st.one_of(
    st.none(),
    st.dictionaries(
        st.sampled_from(["first_s", "last_s", "first_percent", "last_percent"]),
        st.sampled_from([1, 3, 10, 50]),
        min_size=1,
        max_size=2,
    ),
)
leaves = st.fixed_dictionaries(
    {
        "phrases": st.lists(st.sampled_from(PHRASES), min_size=1, max_size=3),
        "by": st.sampled_from(["operator", "client", "anyone"]),
        "at_least": st.integers(1, 3),
        "window": windows,
        "strictness": st.sampled_from([70, 85, 100]),
    }
)
conditions = st.recursive(
    st.one_of(leaves.map(lambda leaf: {"said": leaf}), leaves.map(lambda leaf: {"not_said": leaf})),
    lambda inner: st.builds(
        lambda kind, children: {kind: children},
        st.sampled_from(["all", "any", "none"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=4,
)
rules = st.builds(
    lambda condition, scope: {**condition, "scope": scope},
    conditions,
    st.sampled_from(["contact", "each_leg", "first_leg", "last_leg"]),
)


@st.composite
def utterances(draw: st.DrawFn) -> list[Utterance]:
    said = []
    for channel in draw(st.sets(st.integers(0, 2), max_size=3)):
        speaker = draw(st.sampled_from(Speaker))
        at_ms = draw(st.integers(0, 2000))
        for _ in range(draw(st.integers(1, 3))):
            words = []
            for text in draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=6)):
                words.append(Word(text, at_ms, at_ms + 300, 1.0))
                at_ms += 300 + draw(st.sampled_from([0, 100, 2000, 2001]))
            said.append(Utterance(speaker, channel, tuple(words)))
            at_ms += draw(st.sampled_from([200, 1999, 2500]))
    return sorted(said, key=lambda one: one.start_ms)


@st.composite
def talks(draw: st.DrawFn) -> Talk:
    legs = []
    start_ms = 0
    for number in range(draw(st.integers(0, 3))):
        end_ms = start_ms + draw(st.sampled_from([1000, 4000, 20_000]))
        legs.append(
            Leg(number + 1, None, start_ms, end_ms, talked=draw(st.booleans()),
                heard=draw(st.booleans()))
        )  # fmt: skip
        start_ms = end_ms
    places = st.sets(st.integers(0, max(0, len(legs) - 1)), max_size=len(legs))
    sounds = [
        Sound(
            draw(utterances()),
            offset_ms=draw(st.sampled_from([0, 700, 4000])),
            duration_ms=draw(st.sampled_from([5000, 20_000])),
            audible=Sides(draw(st.integers(0, 7))),
            legs=tuple(sorted(draw(places))) if legs else (0,),
        )
        for _ in range(draw(st.integers(0, 2)))
    ]
    talkers = draw(st.sampled_from([BOTH_SIDES, Sides.OPERATOR, Sides.CLIENT]))
    return Talk(sounds, legs, talkers=talkers, heard=draw(st.booleans()))


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(rules, min_size=1, max_size=3), st.lists(talks(), min_size=1, max_size=3),
       st.booleans())  # fmt: skip
def test_agrees(wanted: list[dict[str, Any]], said: list[Talk], anyone: bool) -> None:  # noqa: FBT001 - hypothesis passes it
    judged = judge(wanted, said, unknown_is_anyone=anyone)
    for rule_no, rule in enumerate(wanted):
        for contact, talk in enumerate(said):
            reference = Reference(parse_rule(rule), talk, unknown_is_anyone=anyone)
            verdict, hits = reference.judge()
            assert judged.verdicts[rule_no, contact] == verdict
            if contact in judged.contacts_of(rule_no):
                own = {
                    (hit.recording_id - 100, hit.words, hit.score)
                    for hit in judged.hits(rule_no, contact)
                }
                assert own == hits
