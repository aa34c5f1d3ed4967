"""What judging anew changes of the marks that rules have set: only what differs, so that ids stay."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.topics.matching.match import Hit

LONGEST_TEXT = 1000

Pair = tuple[int, int]
"""A contact and a topic, by their ids."""

HIT_COLUMNS = (
    "recording_id",
    "leg_id",
    "employee_id",
    "speaker",
    "start_ms",
    "end_ms",
    "first_word",
    "last_word",
    "phrase",
    "score",
)
"""Columns that tell one hit of a mark from another; its text follows from them."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A hit with the words as people see them.

    `text` is None where nobody looked it up: then a hit that is stored already keeps its own.
    """

    hit: Hit
    text: str | None = None

    @property
    def values(self) -> tuple[Any, ...]:
        """What `HIT_COLUMNS` hold of it."""
        hit = self.hit
        return (
            hit.recording_id,
            hit.leg_id,
            hit.employee_id,
            hit.speaker.value,
            hit.start_ms,
            hit.end_ms,
            hit.words[0],
            hit.words[-1],
            hit.phrase,
            float(hit.score),
        )

    def with_text(self, words: Sequence[str]) -> "Evidence":
        """The same with its text, of the displayed words of its recording."""
        # A transcript replaced meanwhile has other words; then the contact is tagged once more.
        text = " ".join(words[word] for word in self.hit.words if word < len(words))
        return Evidence(self.hit, text[:LONGEST_TEXT])


@dataclass(frozen=True, slots=True)
class StoredHit:
    """A hit's row; `values` are what `HIT_COLUMNS` hold."""

    id: int
    values: tuple[Any, ...]
    text: str


@dataclass(frozen=True, slots=True)
class StoredMark:
    """The row of a mark that a rule has set, with its hits."""

    id: int
    contact_id: int
    topic_id: int
    version_id: int | None
    created_at_ms: int
    hits: tuple[StoredHit, ...]

    @property
    def pair(self) -> Pair:
        """Its contact and topic."""
        return self.contact_id, self.topic_id


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one mark.

    `stored` is None where it is new; `version_id` None where the rule sets it no more.
    """

    pair: Pair
    stored: StoredMark | None
    version_id: int | None
    gone_hits: tuple[int, ...] = ()
    new_hits: tuple[Evidence, ...] = field(default=())

    @property
    def shows(self) -> bool:
        """Whether people see it: not if only the version is another."""
        appears = self.stored is None or self.version_id is None
        return appears or bool(self.gone_hits or self.new_hits)


def difference(
    stored: Mapping[Pair, StoredMark],
    wanted: Mapping[Pair, Collection[Evidence]],
    versions: Mapping[int, int],
) -> list[Change]:
    """What makes the stored marks equal to the wanted ones, by contact and topic.

    `stored` are those of exactly the pairs that were judged; `versions` maps topics to the version
    that judged them.
    """
    gone = [Change(pair, mark, None) for pair, mark in stored.items() if pair not in wanted]
    found = [
        _change(pair, stored.get(pair), versions[pair[1]], evidence)
        for pair, evidence in wanted.items()
    ]
    changes = gone + [change for change in found if change is not None]
    return sorted(changes, key=lambda change: change.pair)


def _change(
    pair: Pair, known: StoredMark | None, version_id: int, evidence: Iterable[Evidence]
) -> Change | None:
    wanted = {one.values: one for one in evidence}
    if known is None:
        return Change(pair, None, version_id, new_hits=tuple(wanted.values()))
    kept = {
        hit.values
        for hit in known.hits
        if hit.values in wanted and wanted[hit.values].text in (None, hit.text)
    }
    gone = tuple(hit.id for hit in known.hits if hit.values not in kept)
    new = tuple(one for values, one in wanted.items() if values not in kept)
    if known.version_id == version_id and not gone and not new:
        return None
    return Change(pair, known, version_id, gone, new)
