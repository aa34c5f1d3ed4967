"""Contacts as the documents write them: an example conversation, and lines in brackets about it.

| line | means |
|---|---|
| `[mono]` | both parties on one channel |
| `[operator not recorded]`, `[client not recorded]` | what they say was not recorded |
| `[operator not recognised]`, `[client not recognised]` | not one word of theirs was recognised |
| `[no recording]` | nothing was recorded |
| `[internal]` | two employees: no client takes part |
| `[direction: inbound]`, `[group: support]` … | what the telephone system told |
"""

import re
from dataclasses import replace
from typing import Any

from services.topics.language.conversation import Conversation, read_conversation
from services.topics.matching.at_hand import Leg
from services.topics.matching.speech import BOTH_SIDES, ContactFacts, Sides
from shared.domain.recording import Speaker
from shared.domain.transcript import Utterance

from .speech import Sound, Talk

SIDE = {Speaker.OPERATOR: Sides.OPERATOR, Speaker.CLIENT: Sides.CLIENT}

_MARK = re.compile(r"\[(mono|internal|no recording|(operator|client) not (recorded|recognised))\]")
_FACT = re.compile(r"\[(kind|direction|result|source|group|employee|company_number): ([^\]]+)\]")


def read_talk(text: str) -> Talk:
    marks, facts, lines = set(), {}, []
    for line in text.strip().splitlines():
        fact = _FACT.fullmatch(line.strip())
        if _MARK.fullmatch(line.strip()):
            marks.add(line.strip()[1:-1])
        elif fact:
            facts[fact[1]] = fact[2]
        else:
            lines.append(line)
    conversation = read_conversation("\n".join(lines) or "operator: ъъ")
    talk = _recorded(conversation, marks)
    return replace(talk, facts=_told(facts))


def _recorded(conversation: Conversation, marks: set[str]) -> Talk:
    heard = "no recording" not in marks
    legs = [
        Leg(number + 1, None, start_ms, end_ms, talked=True, heard=heard)
        for number, (start_ms, end_ms) in enumerate(conversation.legs_ms)
    ]
    if not heard:
        return Talk([], legs)
    utterances: list[Utterance] = list(conversation.with_both_sides())
    audible = talkers = BOTH_SIDES
    if "internal" in marks:
        audible = talkers = Sides.OPERATOR
        utterances = [one for one in utterances if one.speaker is not Speaker.CLIENT]
    for speaker, side in SIDE.items():
        if {f"{speaker} not recorded", f"{speaker} not recognised"} & marks:
            utterances = [one for one in utterances if one.speaker is not speaker]
        if f"{speaker} not recorded" in marks:
            audible &= ~side
    if "mono" in marks:
        audible = Sides.UNKNOWN
        utterances = [Utterance(Speaker.UNKNOWN, 0, one.words) for one in conversation.utterances]
    sound = Sound(
        sorted(utterances, key=lambda one: one.start_ms),
        duration_ms=conversation.length_ms,
        audible=audible,
        legs=tuple(range(len(legs))),
    )
    return Talk([sound], legs, talkers=talkers)


def _told(facts: dict[str, str]) -> ContactFacts:
    values: dict[str, Any] = dict(facts)
    number = values.pop("company_number", None)
    return ContactFacts(**values, company_numbers=(number,) if number else ())
