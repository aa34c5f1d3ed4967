"""Builds contacts out of words, and judges them over a lexicon in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from services.topics.language.rule import parse_rule
from services.topics.language.ruleset import RuleSet, Topic
from services.topics.matching.at_hand import ContactSpeech, Heard, Leg, make_batch
from services.topics.matching.batch import lay_out
from services.topics.matching.match import Judged, Matcher
from services.topics.matching.speech import BOTH_SIDES, ContactFacts, Sides, Speech, TokenColumns
from shared.domain.recording import Speaker
from shared.domain.transcript import Utterance, Word
from shared.text.expansion import Stretch, expand
from shared.text.packed import pack, spoken

CHANNELS = {Speaker.OPERATOR: 0, Speaker.CLIENT: 1, Speaker.UNKNOWN: 0}


def say(line: str, *, at_ms: int, word_ms: int = 400, channel: int | None = None) -> Utterance:
    """An utterance from a line `speaker: text` at an even pace."""
    name, _, text = line.partition(":")
    speaker = Speaker(name)
    words = tuple(
        Word(word, at_ms + n * word_ms, at_ms + (n + 1) * word_ms, 1.0)
        for n, word in enumerate(text.split())
    )
    return Utterance(speaker, CHANNELS[speaker] if channel is None else channel, words)


def say_all(*lines: str, pause_ms: int = 500) -> list[Utterance]:
    """Lines said one after the other."""
    said: list[Utterance] = []
    for line in lines:
        at_ms = said[-1].end_ms + pause_ms if said else 0
        said.append(say(line, at_ms=at_ms))
    return said


@dataclass
class Sound:
    """A recording to be: what was said on it and where it lies."""

    said: Sequence[Utterance]
    offset_ms: int = 0
    duration_ms: int = 60_000
    audible: Sides = BOTH_SIDES
    legs: tuple[int, ...] = (0,)


@dataclass
class Talk:
    """A contact to be."""

    sounds: Sequence[Sound] = ()
    legs: Sequence[Leg] = (Leg(1, 11, 0, 60_000, talked=True, heard=True),)
    talkers: Sides = BOTH_SIDES
    heard: bool = True
    facts: ContactFacts = field(default=ContactFacts())
    contact_id: int = field(default=1)


def make_contacts(talks: Sequence[Talk]) -> tuple[list[ContactSpeech], list[str]]:
    """Contacts over a lexicon of just their words, and that lexicon."""
    tokens = [[spoken(sound.said) for sound in talk.sounds] for talk in talks]
    forms = sorted({form for some in tokens for one in some for form in one.forms})
    numbers = {form: n for n, form in enumerate(forms)}
    contacts = [
        ContactSpeech(
            talk.contact_id,
            talk.talkers,
            talk.heard,
            tuple(talk.legs),
            tuple(
                Heard(
                    100 + n,
                    pack(one, numbers),
                    sound.offset_ms,
                    sound.duration_ms,
                    sound.audible,
                    sound.legs,
                )
                for n, (sound, one) in enumerate(zip(talk.sounds, some, strict=True))
            ),
            talk.facts,
        )
        for talk, some in zip(talks, tokens, strict=True)
    ]
    return contacts, forms


def judge(
    rules: Sequence[dict[str, Any]],
    talks: Sequence[Talk],
    *,
    unknown_is_anyone: bool = False,
    sifted: bool = False,
) -> Judged:
    """Judge contacts by rules over a lexicon of just their words.

    The rules are the topics `topic-0`, `topic-1`, … and may ask about those before them. `sifted`:
    without the words of contacts that the matcher leaves out.
    """
    contacts, forms = make_contacts(talks)
    topics = tuple(Topic(n, n, f"topic-{n}", parse_rule(rule)) for n, rule in enumerate(rules))
    rule_set = RuleSet(topics, revision=1)
    stretch = Stretch(forms, 0)
    expansions = {term: expand(term, stretch) for term in rule_set.terms}
    matcher = Matcher(rule_set, expansions, unknown_is_anyone=unknown_is_anyone)
    batch = make_batch(contacts)
    if sifted and matcher.sifts:
        batch = lay_out(without_sifted(matcher, batch.speech))
    return matcher.judge(batch)


def without_sifted(matcher: Matcher, speech: Speech) -> Speech:
    """The speech as a run reads it: whole contacts are left out, those of several legs are not."""
    tokens, recordings = speech.tokens, speech.recordings
    kept = matcher.sift(tokens.begin, tokens.ids, tokens.speakers)
    kept |= np.diff(recordings.covers_begin) > 1
    kept = np.isin(recordings.contact, recordings.contact[kept])
    lengths = np.diff(tokens.begin)
    which = np.repeat(kept, lengths)
    columns = (tokens.ids, tokens.speakers, tokens.start_ms, tokens.end_ms)
    begin = np.cumsum([0, *np.where(kept, lengths, 0)])
    left = TokenColumns(begin, *(column[which] for column in columns), word_index=None)
    return replace(speech, tokens=left)
