"""Calls that a rule nearly says yes to: it would, with one of its conditions let go a little."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

from services.topics.explaining.searched import Searched, Searching, away_ms
from services.topics.language.measure import Measure, MeasureKind
from services.topics.language.rule import Condition, Rule, Scope
from services.topics.language.ruleset import Topic
from services.topics.language.said import Said
from services.topics.language.verdict import Verdict
from services.topics.matching.match import Hit
from services.topics.matching.nearest import Miss, Relaxation, nearest, relaxations, rule_of
from services.topics.matching.resembling import Resembling
from services.topics.preview.judging import Previewing, offset_ms

LOOKED_AT = 200
"""Calls with a no among which near misses are looked for, so that it takes a bounded time."""

MOST_CONDITIONS = 20
"""Conditions of a rule that are let go, one at a time."""

MOST_PHRASES = 300
"""Phrases of those conditions together, but for the first."""

MOST_ALIGNED = 5000
"""Phrases laid along a call, a fifth of a second's work: so many calls are searched for what
resembles a phrase, once fewer than wanted missed by anything less."""

# It holds always: what stands in its place decides nothing.
_ANYTHING = Condition.model_construct(measure=Measure(what=MeasureKind.DURATION_S, at_least=0))


class PlacedMiss(NamedTuple):
    """What one condition of the rule nearly found on a call; `path` is such as `rule.all[0].said`."""

    contact_id: int
    path: str
    miss: Miss
    offset_ms: int


class _Leaf(NamedTuple):
    """A condition, with the places of it alone and of the rule in which it always holds."""

    path: str
    said: Said
    alone: int
    without: int


class _Try(NamedTuple):
    """A condition let go, with the places of it alone and of the rule that has it instead."""

    leaf: _Leaf
    relaxation: Relaxation
    alone: int
    rule: int


def near_misses(previewing: Previewing, contact_ids: Sequence[int], most: int) -> list[PlacedMiss]:
    """What came nearest on the calls, given the newest first; by nearness, then the newest first."""
    looked_at = contact_ids[:LOOKED_AT]
    if not looked_at or next(_said(previewing.rule, "rule"), None) is None:
        return []
    return _Search(previewing, looked_at).found(looked_at, most)


class _Search:
    """The rule with each of its conditions let go, judged on some calls."""

    def __init__(self, previewing: Previewing, contact_ids: Sequence[int]) -> None:
        rule = previewing.rule
        self._previewing = previewing
        self._topics: list[Topic] = []
        self._leaves = [
            _Leaf(
                path,
                said,
                self._add(rule_of(rule.scope, said=said)),
                self._add(_replaced(rule, said, _ANYTHING)),
            )
            for path, said in _few(_said(rule, "rule"))
        ]
        tries = [list(self._tries_of(leaf)) for leaf in self._leaves]
        # What lets go of less comes first, whichever condition it is.
        self._tries = [one for row in zip_longest(*tries) for one in row if one is not None]
        self._batch = previewing.read(contact_ids)
        rules = previewing.beside(self._topics)
        self._expansions = previewing.expansions(rules)
        self._judged = previewing.matcher(rules).judge(self._batch)
        self._verdicts = self._judged.verdicts
        self._searching = Searching(
            self._batch, by_legs=rule.scope is not Scope.CONTACT, sides_of=previewing.sides
        )

    def found(self, contact_ids: Sequence[int], most: int) -> list[PlacedMiss]:
        """The nearest misses on the calls."""
        places = {one: n for n, one in enumerate(self._batch.speech.contact_id.tolist())}
        left = dict.fromkeys(places[one] for one in contact_ids if one in places)
        found: list[PlacedMiss] = []
        for one in self._tries:
            for contact in list(left):
                if len(found) < most and self._verdicts[one.rule, contact] == Verdict.YES:
                    miss = self._missed(one, contact)
                    if miss is not None:
                        found.append(miss)
                        del left[contact]
        if len(found) == most:
            return found
        aligning = {leaf.path: self._aligning(leaf) for leaf in self._leaves}
        phrases = sum(len(one.wordings) for one in aligning.values())
        alike = [
            miss
            for contact in list(left)[: max(1, MOST_ALIGNED // phrases)]
            if (miss := self._resembling(contact, aligning)) is not None
        ]
        alike.sort(key=lambda one: -one.miss.hit.score)
        return [*found, *alike[: most - len(found)]]

    def _add(self, rule: Rule) -> int:
        place = self._previewing.first + len(self._topics)
        # No topic's key has a colon.
        self._topics.append(Topic(0, 0, f":{place}", rule))
        return place

    def _tries_of(self, leaf: _Leaf) -> Iterator[_Try]:
        for relaxation in relaxations(leaf.said, self._previewing.rule.scope):
            relaxed = relaxation.rule.said
            # Another leg is no part of what the other conditions are measured over.
            if relaxed is not None and relaxation.rule.scope is self._previewing.rule.scope:
                condition = Condition.model_construct(said=relaxed)
                yield _Try(
                    leaf,
                    relaxation,
                    self._add(relaxation.rule),
                    self._add(_replaced(self._previewing.rule, leaf.said, condition)),
                )

    def _missed(self, one: _Try, contact: int) -> PlacedMiss | None:
        alone = set(self._judged.hits(one.alone, contact))
        hits = [hit for hit in self._judged.hits(one.rule, contact) if hit in alone]
        units = self._judged.rule(one.rule).units_of(contact).tolist()
        ranges = [low_high for unit in units for low_high in self._search(one.leaf, unit).ranges]

        def away(hit: Hit) -> int:
            start_ms = self._offset_ms(hit) + hit.start_ms
            return away_ms(ranges, start_ms, start_ms + hit.end_ms - hit.start_ms)

        miss = nearest([(one.relaxation, hits)], (), away_ms=away)
        return None if miss is None else self._placed(contact, one.leaf, miss)

    def _aligning(self, leaf: _Leaf) -> Resembling:
        return Resembling(leaf.said, self._batch, self._previewing.forms, self._expansions)

    def _resembling(self, contact: int, aligning: Mapping[str, Resembling]) -> PlacedMiss | None:
        """What resembles a phrase most of a condition that alone fails."""
        best: PlacedMiss | None = None
        for leaf in self._leaves:
            judging = self._judged.rule(leaf.without)
            units = judging.units_of(contact)
            for unit in units[judging.of_units(contact) == Verdict.YES].tolist():
                miss = aligning[leaf.path].best(self._search(leaf, unit).tokens)
                if miss is not None and (best is None or miss.hit.score > best.miss.hit.score):
                    best = self._placed(contact, leaf, miss)
        return best

    def _search(self, leaf: _Leaf, unit: int) -> Searched:
        rule = self._judged.rule(leaf.alone)
        return self._searching.search(rule, leaf.said.window, leaf.said.by, unit)

    def _placed(self, contact: int, leaf: _Leaf, miss: Miss) -> PlacedMiss:
        contact_id = int(self._batch.speech.contact_id[contact])
        return PlacedMiss(contact_id, leaf.path, miss, self._offset_ms(miss.hit))

    def _offset_ms(self, hit: Hit) -> int:
        return offset_ms(self._batch, hit)


def _said(condition: Condition, path: str) -> Iterator[tuple[str, Said]]:
    """Conditions that more findings can only help, with their paths."""
    if condition.said is not None:
        yield f"{path}.said", condition.said
    for kind, children in (("all", condition.all), ("any", condition.any)):
        for place, child in enumerate(children or ()):
            yield from _said(child, f"{path}.{kind}[{place}]")


def _few(leaves: Iterable[tuple[str, Said]]) -> Iterator[tuple[str, Said]]:
    """The first conditions, as many as are let go."""
    phrases = 0
    for number, (path, said) in enumerate(leaves):
        phrases += len(said.phrases)
        if number == MOST_CONDITIONS or (number and phrases > MOST_PHRASES):
            return
        yield path, said


def _replaced(rule: Rule, said: Said, other: Condition) -> Rule:
    """The rule with another condition instead of one of its own."""

    def fields(condition: Condition) -> dict[str, Any]:
        if condition.said is said:
            return {name: value for name, value in other if value is not None}
        found = {name: value for name, value in condition if value is not None}
        for kind in ("all", "any"):
            if found.get(kind):
                found[kind] = tuple(
                    Condition.model_construct(**fields(child)) for child in found[kind]
                )
        return found

    return Rule.model_construct(**(fields(rule) | {"scope": rule.scope}))
