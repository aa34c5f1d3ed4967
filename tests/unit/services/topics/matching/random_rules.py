"""Random rules with every construct of the language, over few words.

Numbers are small and few, so that windows, counts and bounds are often just met or just missed.
Hypothesis gives the dice, so that it can repeat and shrink what it found.
"""

from collections.abc import Sequence
from random import Random
from typing import Any

from services.topics.language.measure import PERSONAL, PLACED, MeasureKind

PHRASES = (
    "вернуть деньги", '"вернуть деньги"', "!верните", "верн*", "деньги", "не хочу", "да", "хочу",
    "{вернуть|деньги} хочу", "{вернуть деньги|да}", "хочу <1> деньги", "хочу вернуть деньги", "25",
    "да да", "не да", "деньги деньги вернуть", "двадцать пять", "вернуть <0> вернуть", "денег",
)  # fmt: skip
ANCHORS = PHRASES[3:8]
SIDES = ("operator", "client", "anyone", "anyone")
SECONDS = (0.3, 1, 3, 10)
COUNTS = (1, 2, 4)

KINDS = ("call", "voicemail")
DIRECTIONS = ("inbound", "outbound", "internal")
NAMES = ("a", "b", "c")

_CLOCK = {
    **dict.fromkeys(("first_s", "last_s"), (1, 3, 10)),
    **dict.fromkeys(("first_percent", "last_percent"), (20, 50, 80)),
    **dict.fromkeys(("first_utterances", "last_utterances"), COUNTS),
    **dict.fromkeys(("skip_first_s", "skip_last_s"), (0.3, 1, 3)),
    **dict.fromkeys(("skip_first_percent", "skip_last_percent"), (1, 20, 40)),
}
_FACTS = {
    "kind": KINDS,
    "direction": DIRECTIONS,
    **dict.fromkeys(("result", "source", "group", "employee", "company_number"), NAMES),
}


def some(dice: Random, of: Sequence[str], most: int) -> list[str]:
    """From one up to so many different ones."""
    return dice.sample(of, dice.randint(1, most))


def rule_set(dice: Random, size: int) -> list[dict[str, Any]]:
    """Rules `topic-0`, `topic-1`, … of which each may ask about those before it."""
    return [
        {
            **_condition(dice, tuple(f"topic-{other}" for other in range(number)), 3),
            "scope": dice.choice(["contact", "contact", "each_leg", "first_leg", "last_leg"]),
        }
        for number in range(size)
    ]


def _condition(dice: Random, asked: tuple[str, ...], depth: int) -> dict[str, Any]:
    if depth > 1 and dice.random() < 0.4:
        children = [_condition(dice, asked, depth - 1) for _ in range(dice.randint(1, 3))]
        return {dice.choice(["all", "any", "none"]): children}
    kinds = ["said", "said", "said", "not_said", "measure", "contact"]
    kind = dice.choice([*kinds, "topic"] if asked else kinds)
    if kind == "topic":
        return {kind: dice.choice(asked)}
    if kind == "contact":
        return {kind: {name: some(dice, _FACTS[name], 2) for name in some(dice, [*_FACTS], 2)}}
    return {kind: _measure(dice, asked) if kind == "measure" else _said(dice, asked, 2)}


def _said(
    dice: Random, asked: tuple[str, ...], depth: int, of: Sequence[str] = PHRASES
) -> dict[str, Any]:
    leaf: dict[str, Any] = {
        "phrases": some(dice, of, 3),
        "by": dice.choice(SIDES),
        "at_least": dice.choice([1, 1, 1, 1, 2, 3]),
        "strictness": dice.choice([70, 85, 100]),
    }
    window = _window(dice, asked, depth, with_words=True) if dice.random() < 0.6 else {}
    if window:
        leaf["window"] = window
    if dice.random() < 0.2:
        leaf["excluding"] = some(dice, PHRASES, 2)
    return leaf


def _measure(dice: Random, asked: tuple[str, ...]) -> dict[str, Any]:
    what = dice.choice([*MeasureKind, *sorted(PLACED), *sorted(PLACED)])
    least, most = sorted(dice.choice([0, 0.3, 1, 1, 2, 3, 5, 10, 20, 50, 100]) for _ in range(2))
    bounds = {"at_least": least, "at_most": most}
    bounds.pop(dice.choice(["at_least", "at_most", ""]), None)
    leaf: dict[str, Any] = {"what": what.value, **bounds}
    if what in PERSONAL:
        leaf["by"] = dice.choice(SIDES)
    window = _window(dice, asked, 1, with_words=False) if what in PLACED else {}
    if window:
        leaf["window"] = window
    return leaf


def _window(
    dice: Random, asked: tuple[str, ...], depth: int, *, with_words: bool
) -> dict[str, Any]:
    """A window, or {} for none; `depth` is how many conditions may stand in each other."""
    window: dict[str, Any] = {}
    if dice.random() < 0.6:
        window = {name: dice.choice(_CLOCK[name]) for name in some(dice, [*_CLOCK], 2)}
    for name, skipped in [(name, f"skip_{name}") for name in window]:
        # Such a window would leave nothing, and is refused.
        if skipped in window and window[skipped] >= window[name]:
            del window[skipped]
    if depth > 0 and dice.random() < 0.6:
        near = ["after", "before", "same_utterance"] if with_words else ["after", "before"]
        for name in some(dice, near, 2):
            is_near = name != "same_utterance"
            window[name] = (_near if is_near else _anchor)(dice, asked, depth)
    return window


def _near(dice: Random, asked: tuple[str, ...], depth: int) -> dict[str, Any]:
    kinds = ["said", "said", "silence_s", "interruption_by"]
    kind = dice.choice([*kinds, "topic"] if asked else kinds)
    near: dict[str, Any] = {}
    if kind == "said":
        near[kind] = _anchor(dice, asked, depth)
    elif kind == "topic":
        near[kind] = dice.choice(asked)
    else:
        near[kind] = dice.choice(SECONDS if kind == "silence_s" else SIDES)
    within = dice.choice(["", "within_s", "within_words", "within_utterances"])
    if within:
        near[within] = dice.choice(SECONDS if within == "within_s" else COUNTS)
    return near


def _anchor(dice: Random, asked: tuple[str, ...], depth: int) -> dict[str, Any]:
    return _said(dice, asked, depth - 1, ANCHORS)
