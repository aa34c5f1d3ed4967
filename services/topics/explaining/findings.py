"""What a said or not-said leaf found, where it looked, and what it nearly found."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from services.topics.explaining.nodes import Node, Places, counted, letting_go
from services.topics.explaining.schemas import (
    AnchorOut,
    FoundOut,
    NearMissOut,
    RangeOut,
    SaidOut,
    SearchedOut,
)
from services.topics.explaining.searched import Ranges, Searched, Searching, away_ms, length_ms
from services.topics.language.said import Said
from services.topics.marking.difference import Evidence
from services.topics.matching.batch import Batch
from services.topics.matching.match import Hit, Judged
from services.topics.matching.nearest import SENTENCES, Miss, Reason, nearest
from services.topics.matching.resembling import Resembling
from services.topics.matching.speech import Sides
from shared.domain.recording import Speaker
from shared.text.expansion import Matches
from shared.text.packed import MOST_WORDS
from shared.text.terms import Term

MOST_LISTED = 20
"""Findings, anchors and stretches of a window that are listed of a leaf; all of them count."""

_SPEAKERS = {
    Speaker.OPERATOR: Sides.OPERATOR,
    Speaker.CLIENT: Sides.CLIENT,
    Speaker.UNKNOWN: Sides.UNKNOWN,
}


class Findings:
    """Findings of the leaves of one rule on one contact, the only one of the batch.

    `forms` are its words by number, `displayed` as people see them, by recording.
    """

    def __init__(
        self,
        batch: Batch,
        judged: Judged,
        places: Places,
        searching: Searching,
        displayed: Mapping[int, Sequence[str]],
        expansions: Mapping[Term, Matches],
        forms: Sequence[str],
    ) -> None:
        self._batch = batch
        self._judged = judged
        self._places = places
        self._searching = searching
        self._displayed = displayed
        self._expansions = expansions
        self._forms = forms
        recordings = batch.speech.recordings
        ids = recordings.recording_id.tolist()
        self._offset_ms: dict[int, int] = dict(zip(ids, recordings.offset_ms.tolist(), strict=True))
        self._place = {recording_id: place for place, recording_id in enumerate(ids)}

    def of(self, node: Node, leaf: Said, unit: int) -> SaidOut:
        """What the leaf of the node found of a unit."""
        rule = self._judged.rule(self._places.of_key[node.path])
        searched = self._searching.search(rule, leaf.window, leaf.by, unit)
        found = self._on(unit, self._judged.hits(self._places.of_key[counted(node)], 0))
        miss = None
        if len(found) < leaf.at_least:
            miss = self._nearest(node, leaf, unit, searched, found)
        return SaidOut(
            phrases=list(leaf.phrases),
            by=leaf.by,
            at_least=leaf.at_least,
            found=len(found),
            findings=[
                found_out(hit, *self._words(hit))
                for hit in sorted(found, key=self._contact_start_ms)[:MOST_LISTED]
            ],
            searched=self._searched(searched, self._searching.sides_of(leaf.by)),
            anchors=anchors_out(f"{node.path}.{node.kind}", searched.anchors),
            nearest=None if miss is None else missed_out(miss, *self._words(miss.hit)),
        )

    def _nearest(
        self, node: Node, leaf: Said, unit: int, searched: Searched, found: Sequence[Hit]
    ) -> Miss | None:
        def hits(number: int, reasons: Sequence[Reason]) -> list[Hit]:
            every = self._judged.hits(self._places.of_key[letting_go(node, number)], 0)
            return every if Reason.OTHER_LEG in reasons else self._on(unit, every)

        def away(hit: Hit) -> int:
            start_ms = self._contact_start_ms(hit)
            return away_ms(searched.ranges, start_ms, start_ms + hit.end_ms - hit.start_ms)

        relaxed = ((one, hits(number, one.reasons)) for number, one in enumerate(node.relaxed))
        miss = nearest(relaxed, found, away_ms=away)
        if miss is not None:
            return miss
        left = searched.tokens[~self._among(searched.tokens, found)]
        return Resembling(leaf, self._batch, self._forms, self._expansions).best(left)

    def _on(self, unit: int, hits: Sequence[Hit]) -> list[Hit]:
        if not self._searching.units.by_legs:
            return list(hits)
        row = int(self._batch.legs.row[unit])
        leg_id = int(self._batch.speech.legs.leg_id[row]) if row >= 0 else None
        return [hit for hit in hits if hit.leg_id == leg_id]

    def _among(self, tokens: NDArray[np.int64], hits: Sequence[Hit]) -> NDArray[np.bool_]:
        """Which tokens belong to one of the hits."""
        columns = self._batch.speech.tokens
        within = np.zeros(len(tokens), np.bool_)
        if not hits or columns.word_index is None:
            return within
        recording = self._batch.recording_of(tokens)
        word = columns.word_index[tokens] % MOST_WORDS
        for hit in hits:
            own = recording == self._place[hit.recording_id]
            within |= own & np.isin(word, hit.words)
        return within

    def _searched(self, searched: Searched, sides: int) -> SearchedOut:
        batch, tokens = self._batch, searched.tokens
        rows = np.unique(batch.legs.row[batch.legs_of(tokens)])
        recordings = np.unique(batch.recording_of(tokens))
        return SearchedOut(
            speakers=[speaker for speaker, side in _SPEAKERS.items() if side & sides],
            ranges=_ranges(searched.ranges),
            words=len(tokens),
            speech_ms=length_ms(batch.starts_ms(tokens), batch.ends_ms(tokens)),
            recordings=batch.speech.recordings.recording_id[recordings].tolist(),
            legs=batch.speech.legs.leg_id[rows[rows >= 0]].tolist(),
        )

    def _words(self, hit: Hit) -> tuple[int, Sequence[str]]:
        """Where the hit's recording begins, and its words as people see them."""
        recording_id = hit.recording_id
        return self._offset_ms[recording_id], self._displayed.get(recording_id, ())

    def _contact_start_ms(self, hit: Hit) -> int:
        return self._offset_ms[hit.recording_id] + hit.start_ms


def found_out(hit: Hit, offset_ms: int, displayed: Sequence[str]) -> FoundOut:
    """A hit on a recording that begins at `offset_ms` of its contact, with its displayed words."""
    return FoundOut(
        recording_id=hit.recording_id,
        leg_id=hit.leg_id,
        employee_id=hit.employee_id,
        speaker=hit.speaker,
        start_ms=hit.start_ms,
        end_ms=hit.end_ms,
        contact_start_ms=offset_ms + hit.start_ms,
        first_word=hit.words[0],
        last_word=hit.words[-1],
        text=Evidence(hit).with_text(displayed).text or "",
        phrase=hit.phrase,
        score=hit.score,
    )


def missed_out(miss: Miss, offset_ms: int, displayed: Sequence[str]) -> NearMissOut:
    """What came nearest, on a recording as in `found_out`."""
    return NearMissOut(
        **dict(found_out(miss.hit, offset_ms, displayed)),
        reasons=list(miss.reasons),
        explanation="; ".join(SENTENCES[reason] for reason in miss.reasons),
    )


def anchors_out(path: str, anchors: Mapping[str, Ranges]) -> list[AnchorOut]:
    """What the window of the leaf at a path is measured from."""
    return [
        AnchorOut(path=f"{path}.window.{name}", found=len(at), at=_ranges(at))
        for name, at in anchors.items()
    ]


def _ranges(ranges: Ranges) -> list[RangeOut]:
    return [RangeOut(start_ms=low, end_ms=high) for low, high in ranges[:MOST_LISTED]]
