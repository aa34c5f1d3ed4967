"""What differs between two versions of a topic, place by place."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

PHRASES = frozenset({"phrases", "excluding"})

Kind = Literal["added", "removed", "changed"]
Condition = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """A value that is there in one version only, or another in each.

    Paths of what was removed are those of the older version, all others of the newer one.
    """

    kind: Kind
    path: str
    before: Any = None
    after: Any = None


@dataclass(frozen=True, slots=True)
class Written:
    """What a person writes of a version: the rule as it is stored, and the examples."""

    rule: Mapping[str, Any]
    should_match: Sequence[str]
    should_not_match: Sequence[str]


@dataclass(frozen=True, slots=True)
class Diff:
    """All differences: `phrases` and `examples` are texts, `rule` is everything else of the rule."""

    rule: tuple[Change, ...]
    phrases: tuple[Change, ...]
    examples: tuple[Change, ...]


def diff(before: Written, after: Written) -> Diff:
    """Compare two versions; conditions and phrases that only moved are no difference."""
    changes = list(_of_objects(before.rule, after.rule, "rule", "rule"))
    examples = [
        *_of_texts(before.should_match, after.should_match, "should_match", "should_match"),
        *_of_texts(
            before.should_not_match, after.should_not_match, "should_not_match", "should_not_match"
        ),
    ]
    return Diff(
        rule=tuple(change for change in changes if not _is_phrase(change)),
        phrases=tuple(change for change in changes if _is_phrase(change)),
        examples=tuple(examples),
    )


def _is_phrase(change: Change) -> bool:
    return change.path.rpartition(".")[2].partition("[")[0] in PHRASES


def _of_objects(
    before: Mapping[str, Any], after: Mapping[str, Any], old: str, new: str
) -> Iterator[Change]:
    for name in dict.fromkeys([*before, *after]):
        was, now = f"{old}.{name}", f"{new}.{name}"
        if name in PHRASES:
            yield from _of_texts(before.get(name, ()), after.get(name, ()), was, now)
        elif name not in after:
            yield Change("removed", was, before=before[name])
        elif name not in before:
            yield Change("added", now, after=after[name])
        else:
            yield from _of_values(before[name], after[name], was, now)


def _of_values(before: Any, after: Any, old: str, new: str) -> Iterator[Change]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _of_objects(before, after, old, new)
    elif isinstance(before, list) and isinstance(after, list):
        texts = all(isinstance(one, str) for one in (*before, *after))
        yield from (_of_texts if texts else _of_conditions)(before, after, old, new)
    elif before != after:
        yield Change("changed", new, before, after)


def _of_texts(before: Sequence[str], after: Sequence[str], old: str, new: str) -> Iterator[Change]:
    for place, text in enumerate(before):
        if text not in after:
            yield Change("removed", f"{old}[{place}]", before=text)
    for place, text in enumerate(after):
        if text not in before:
            yield Change("added", f"{new}[{place}]", after=text)


def _of_conditions(
    before: Sequence[Condition], after: Sequence[Condition], old: str, new: str
) -> Iterator[Change]:
    """Conditions that both have are no difference; of the rest those of one kind are paired."""
    removed = _missing(before, after)
    added = _missing(after, before)
    for was, condition in list(removed.items()):
        now = next((one for one in added if added[one].keys() == condition.keys()), None)
        if now is not None:
            pair = (removed.pop(was), added.pop(now))
            yield from _of_objects(*pair, f"{old}[{was}]", f"{new}[{now}]")
    for was, condition in removed.items():
        yield Change("removed", f"{old}[{was}]", before=condition)
    for now, condition in added.items():
        yield Change("added", f"{new}[{now}]", after=condition)


def _missing(some: Sequence[Condition], others: Sequence[Condition]) -> dict[int, Condition]:
    """Those of `some`, by their place, that the others have not, or not so often."""
    there = list(others)
    missing = {}
    for place, condition in enumerate(some):
        if condition in there:
            there.remove(condition)
        else:
            missing[place] = condition
    return missing
