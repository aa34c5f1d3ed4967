"""Judges a rule by its own examples: conversations that it should match and those it should not."""

from collections.abc import Sequence

from services.topics.language.conversation import Conversation, read_conversation
from services.topics.language.rule import Rule
from services.topics.language.ruleset import RuleSet, Topic, make_rule_set
from services.topics.language.verdict import Verdict
from services.topics.matching.at_hand import ContactSpeech, Heard, Leg, make_batch
from services.topics.matching.match import Matcher
from services.topics.matching.speech import BOTH_SIDES
from shared.errors import InvalidInput
from shared.text.expansion import Stretch, expand
from shared.text.packed import pack, spoken

NO_RULES = RuleSet((), revision=0)

# No topic has such a key: it is the rule that is judged.
_OWN = "judged rule"


def judge_example(rule: Rule, example: str, *, others: RuleSet = NO_RULES) -> Verdict:
    """Judge a conversation written as `read_conversation` reads it, whose errors it raises.

    Both sides are heard on every leg. `others` are the topics that the rule asks about, with what
    they ask about.
    """
    return _judge(rule, [read_conversation(example)], others)[0]


def broken_examples(
    rule: Rule,
    *,
    should_match: Sequence[str],
    should_not_match: Sequence[str],
    others: RuleSet = NO_RULES,
) -> list[tuple[str, str]]:
    """Examples that do not come out as written, as (path, reason); undecidable is neither."""
    found: dict[str, str] = {}
    read: list[tuple[str, str, Verdict, Conversation]] = []
    for field, examples, wanted in (
        ("should_match", should_match, Verdict.YES),
        ("should_not_match", should_not_match, Verdict.NO),
    ):
        for number, example in enumerate(examples):
            path = f"{field}[{number}]"
            # Its place among the faults is kept until it is judged.
            found[path] = ""
            try:
                read.append((path, example, wanted, read_conversation(example)))
            except InvalidInput as error:
                found[path] = f"«{example}» cannot be read: {error.detail}"
    verdicts = _judge(rule, [one[-1] for one in read], others)
    for (path, example, wanted, _), verdict in zip(read, verdicts, strict=True):
        if verdict is not wanted:
            should = "should match" if wanted is Verdict.YES else "should not match"
            found[path] = f"«{example}» {should}, the verdict is {verdict.name.lower()}"
    return [(path, reason) for path, reason in found.items() if reason]


def _judge(rule: Rule, conversations: Sequence[Conversation], others: RuleSet) -> list[Verdict]:
    tokens = [spoken(conversation.with_both_sides()) for conversation in conversations]
    forms = sorted({form for some in tokens for form in some.forms})
    numbers = {form: number for number, form in enumerate(forms)}
    contacts = []
    for number, (conversation, some) in enumerate(zip(conversations, tokens, strict=True)):
        legs = tuple(
            Leg(place, None, start_ms, end_ms, talked=True, heard=True)
            for place, (start_ms, end_ms) in enumerate(conversation.legs_ms)
        )
        heard = Heard(
            recording_id=number,
            packed=pack(some, numbers),
            offset_ms=0,
            duration_ms=conversation.length_ms,
            audible=BOTH_SIDES,
            legs=tuple(range(len(legs))),
        )
        contacts.append(ContactSpeech(number, BOTH_SIDES, True, legs, (heard,)))
    rules = make_rule_set((*others.topics, Topic(0, 0, _OWN, rule)), revision=0)
    stretch = Stretch(forms, 0)
    matcher = Matcher(rules, {term: expand(term, stretch) for term in rules.terms})
    verdicts = matcher.judge(make_batch(contacts)).verdicts
    return [Verdict(verdict) for verdict in verdicts[rules.places[_OWN]].tolist()]
