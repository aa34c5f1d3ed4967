"""Judges a rule by its own examples: conversations that it should match and those it should not."""

from collections.abc import Sequence

from services.topics.language.conversation import read_conversation
from services.topics.language.rule import Rule
from services.topics.language.ruleset import RuleSet, Topic, make_rule_set
from services.topics.language.verdict import Verdict
from services.topics.matching.batch import BOTH_SIDES, ContactSpeech, Heard, Leg, make_batch
from services.topics.matching.match import Matcher
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
    conversation = read_conversation(example)
    tokens = spoken(conversation.with_both_sides())
    forms = sorted(set(tokens.forms))
    legs = tuple(
        Leg(number, None, start_ms, end_ms, talked=True, heard=True)
        for number, (start_ms, end_ms) in enumerate(conversation.legs_ms, 1)
    )
    heard = Heard(
        recording_id=1,
        packed=pack(tokens, {form: number for number, form in enumerate(forms)}),
        offset_ms=0,
        duration_ms=conversation.length_ms,
        audible=BOTH_SIDES,
        legs=tuple(range(len(legs))),
    )
    contact = ContactSpeech(1, BOTH_SIDES, True, legs, (heard,))
    rules = make_rule_set((*others.topics, Topic(0, 0, _OWN, rule)), revision=0)
    stretch = Stretch(forms, 0)
    matcher = Matcher(rules, {term: expand(term, stretch) for term in rules.terms})
    verdicts = matcher.judge(make_batch([contact])).verdicts
    return Verdict(int(verdicts[rules.places[_OWN], 0]))


def broken_examples(
    rule: Rule,
    *,
    should_match: Sequence[str],
    should_not_match: Sequence[str],
    others: RuleSet = NO_RULES,
) -> list[tuple[str, str]]:
    """Examples that do not come out as written, as (path, reason); undecidable is neither."""
    found = []
    for field, examples, wanted, should in (
        ("should_match", should_match, Verdict.YES, "should match"),
        ("should_not_match", should_not_match, Verdict.NO, "should not match"),
    ):
        for number, example in enumerate(examples):
            try:
                verdict = judge_example(rule, example, others=others)
            except InvalidInput as error:
                found.append((f"{field}[{number}]", f"«{example}» cannot be read: {error.detail}"))
                continue
            if verdict is not wanted:
                reason = f"«{example}» {should}, the verdict is {verdict.name.lower()}"
                found.append((f"{field}[{number}]", reason))
    return found
