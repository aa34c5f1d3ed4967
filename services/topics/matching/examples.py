"""Judges a rule by its own examples: sentences that it should match and sentences it should not."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.topics.language.rule import Rule
from services.topics.language.ruleset import RuleSet, Topic
from services.topics.language.verdict import Verdict
from services.topics.matching.batch import ContactSpeech, Heard, Leg, Sides, make_batch
from services.topics.matching.match import Matcher
from shared.domain.recording import Speaker
from shared.domain.transcript import Utterance, Word
from shared.errors import InvalidInput
from shared.text.expansion import Stretch, expand
from shared.text.packed import pack, spoken

WORD_MS = 400
PAUSE_MS = 500

_CHANNELS = {Speaker.OPERATOR: 0, Speaker.CLIENT: 1}
# Said by a side that has no line: it was heard, and said nothing that any rule asks for.
_FILLER = "ъъ"


@dataclass(frozen=True, slots=True)
class Broken:
    """An example that does not come out as written."""

    example: str
    expected: bool
    verdict: Verdict

    def __str__(self) -> str:
        """Say what was expected of which sentence."""
        wanted = "should match" if self.expected else "should not match"
        return f"«{self.example}» {wanted}, the verdict is {self.verdict.name.lower()}"


def judge_example(rule: Rule, example: str) -> Verdict:
    """Judge an example of one or more lines `speaker: text`, spoken one after the other.

    Both sides are heard on one leg at an even pace. Raises InvalidInput on a line that does not
    begin with `operator:` or `client:`.
    """
    lines = _utterances(example)
    length_ms = lines[-1].end_ms + PAUSE_MS
    fillers = [
        Utterance(side, channel, (Word(_FILLER, 0, WORD_MS, 1.0),))
        for side, channel in _CHANNELS.items()
        if all(line.speaker is not side for line in lines)
    ]
    tokens = spoken([*lines, *fillers])
    forms = sorted(set(tokens.forms))
    numbers = {form: n for n, form in enumerate(forms)}
    heard = Heard(
        recording_id=1,
        packed=pack(tokens, numbers),
        offset_ms=0,
        duration_ms=length_ms,
        audible=Sides.OPERATOR | Sides.CLIENT,
        legs=(0,),
    )
    leg = Leg(1, None, 0, length_ms, talked=True, heard=True)
    contact = ContactSpeech(1, Sides.OPERATOR | Sides.CLIENT, True, (leg,), (heard,))
    rules = RuleSet((Topic(1, 1, "example", rule),), revision=0)
    stretch = Stretch(forms, 0)
    matcher = Matcher(rules, {term: expand(term, stretch) for term in rules.terms})
    return Verdict(int(matcher.judge(make_batch([contact])).verdicts[0, 0]))


def broken_examples(
    rule: Rule, *, should_match: Sequence[str], should_not_match: Sequence[str]
) -> list[Broken]:
    """Examples that do not come out as written; undecidable is neither yes nor no."""
    wanted = [(example, Verdict.YES) for example in should_match]
    wanted += [(example, Verdict.NO) for example in should_not_match]
    verdicts = [(example, right, judge_example(rule, example)) for example, right in wanted]
    return [
        Broken(example, right is Verdict.YES, verdict)
        for example, right, verdict in verdicts
        if verdict is not right
    ]


def _utterances(example: str) -> list[Utterance]:
    utterances: list[Utterance] = []
    now_ms = 0
    for line in example.strip().splitlines():
        name, colon, text = line.partition(":")
        words = text.split()
        try:
            speaker = Speaker(name.strip())
            channel = _CHANNELS[speaker]
        except (ValueError, KeyError):
            colon = ""
        if not colon or not words:
            raise InvalidInput(f"«{line}» is not a line `operator: text` or `client: text`")
        starts_ms = range(now_ms, now_ms + len(words) * WORD_MS, WORD_MS)
        utterances.append(
            Utterance(
                speaker,
                channel,
                tuple(
                    Word(word, start_ms, start_ms + WORD_MS, 1.0)
                    for word, start_ms in zip(words, starts_ms, strict=True)
                ),
            )
        )
        now_ms = utterances[-1].end_ms + PAUSE_MS
    if not utterances:
        raise InvalidInput("an example has at least one line")
    return utterances
