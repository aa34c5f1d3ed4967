"""Before and after: what judging a chunk anew says beside the marks that are stored."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.topics.language.verdict import Verdict
from shared.runs.ids import Ids


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the rules say of the contacts of a chunk; rows are topics, columns contacts.

    `due` are the pairs that the run is about, `stored` those with a mark that a rule has set.
    """

    contact_ids: Ids
    topic_ids: Sequence[int]
    due: NDArray[np.bool_]
    stored: NDArray[np.bool_]
    verdicts: NDArray[np.int8]

    def chosen(self, contacts: NDArray[np.bool_]) -> "Outcome":
        """Only these contacts."""
        return Outcome(
            self.contact_ids[contacts],
            self.topic_ids,
            self.due[:, contacts],
            self.stored[:, contacts],
            self.verdicts[:, contacts],
        )


@dataclass(frozen=True, slots=True)
class TopicChange:
    """What changes of one topic: contacts that get and lose its mark, and those left open.

    `unchanged` counts marks that stay.
    """

    topic_id: int
    added: Ids
    removed: Ids
    undecidable: Ids
    unchanged: int


def topic_changes(outcome: Outcome) -> list[TopicChange]:
    """Changes by topic, without those of which there is nothing to tell."""
    told = outcome.due & (outcome.stored | (outcome.verdicts != Verdict.NO))
    topic, contact = np.nonzero(told)
    ids = outcome.contact_ids[contact]
    verdicts, stored = outcome.verdicts[topic, contact], outcome.stored[topic, contact]
    yes, left_open = verdicts == Verdict.YES, verdicts == Verdict.UNDECIDABLE
    changes = []
    bounds = np.searchsorted(topic, np.arange(len(outcome.topic_ids) + 1))
    for place in np.flatnonzero(np.diff(bounds)).tolist():
        own = slice(bounds[place], bounds[place + 1])
        changes.append(
            TopicChange(
                topic_id=outcome.topic_ids[place],
                added=ids[own][yes[own] & ~stored[own]],
                removed=ids[own][~yes[own] & stored[own]],
                undecidable=ids[own][left_open[own]],
                unchanged=int(np.count_nonzero(yes[own] & stored[own])),
            )
        )
    return changes


def undecided_of(outcome: Outcome) -> dict[int, list[int]]:
    """Ids of the topics that leave each contact open; an empty list where none does.

    Of all that were judged, due or not: the others say now what they said before.
    """
    topic_ids = np.array(outcome.topic_ids, np.int64)
    by_contact = np.ascontiguousarray((outcome.verdicts == Verdict.UNDECIDABLE).T)
    return {
        contact_id: topic_ids[left_open].tolist()
        for contact_id, left_open in zip(outcome.contact_ids.tolist(), by_contact, strict=True)
    }
