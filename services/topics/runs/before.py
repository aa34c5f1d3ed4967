"""What undoing a chunk needs: how every contact stood, and the marks that were changed, as JSON."""

import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from services.topics.marking.difference import Change, Pair, StoredHit, StoredMark


@dataclass(frozen=True, slots=True)
class ContactBefore:
    """A contact before the run judged it; `judgements` is the count that the run left.

    `tagged_revision` is None for never, `undecided` the text of `undecided_topics`, if any.
    """

    contact_id: int
    judgements: int
    tagged_revision: int | None
    undecided: str | None


@dataclass(frozen=True, slots=True)
class Before:
    """The state that a chunk found.

    `single` are rows of `topic_judgements` as (topic, contact, revision); `marks` maps each contact
    and topic whose mark was changed to that mark, None where there was none.
    """

    contacts: tuple[ContactBefore, ...]
    single: tuple[tuple[int, int, int], ...]
    marks: dict[Pair, StoredMark | None]

    def pack(self) -> bytes:
        """The state as `run_chunks.before` keeps it; `shared.runs.before` knows its outline."""
        document = {
            "contacts": [
                [one.contact_id, one.judgements, one.tagged_revision, one.undecided]
                for one in self.contacts
            ],
            "single": [list(row) for row in self.single],
            "marks": [[*pair, _mark_row(mark)] for pair, mark in self.marks.items()],
        }
        return zlib.compress(json.dumps(document, ensure_ascii=False).encode())


def unpack_before(packed: bytes) -> Before:
    """The state that `Before.pack` packed."""
    document = json.loads(zlib.decompress(packed))
    return Before(
        contacts=tuple(ContactBefore(*row) for row in document["contacts"]),
        single=tuple((topic, contact, revision) for topic, contact, revision in document["single"]),
        marks={
            (contact_id, topic_id): _stored_mark(contact_id, topic_id, row)
            for contact_id, topic_id, row in document["marks"]
        },
    )


def marks_before(changes: Iterable[Change]) -> dict[Pair, StoredMark | None]:
    """The marks that the changes found."""
    return {change.pair: change.stored for change in changes}


def _mark_row(mark: StoredMark | None) -> list[Any] | None:
    if mark is None:
        return None
    found = [[hit.id, hit.text, *hit.values] for hit in mark.hits]
    return [mark.id, mark.version_id, mark.created_at_ms, found]


def _stored_mark(contact_id: int, topic_id: int, row: list[Any] | None) -> StoredMark | None:
    if row is None:
        return None
    mark_id, version_id, created_at_ms, found = row
    hits = tuple(StoredHit(hit_id, tuple(values), text) for hit_id, text, *values in found)
    return StoredMark(mark_id, contact_id, topic_id, version_id, created_at_ms, hits)
