"""What the rules of one batch share: units, doubts, measures, the conversation on its clock."""

import numpy as np
from numpy.typing import NDArray

from services.topics.language.said import By
from services.topics.matching.batch import Batch
from services.topics.matching.doubt import (
    absent_legs,
    doubtful_contacts,
    doubtful_legs,
    sides_that_count,
)
from services.topics.matching.leaves import LeafFindings, Units
from services.topics.matching.measures import Measures, measure
from services.topics.matching.near import Conversation

Doubts = NDArray[np.bool_]
"""Per unit, whether absence proves nothing."""


class Ground:
    """What the rules of one batch share; everything is worked out when first asked for."""

    def __init__(self, batch: Batch, findings: LeafFindings, *, unknown_is_anyone: bool) -> None:
        self.batch = batch
        self.findings = findings
        self.unknown_is_anyone = unknown_is_anyone
        self._units: dict[bool, Units] = {}
        self._doubts: dict[tuple[By, bool, bool], Doubts] = {}
        self._measures: dict[tuple[int, bool], Measures] = {}
        self._conversation: Conversation | None = None

    @property
    def conversation(self) -> Conversation:
        """Words and utterances on their contacts' clocks."""
        if self._conversation is None:
            self._conversation = Conversation(self.batch)
        return self._conversation

    def units(self, *, by_legs: bool) -> Units:
        """Units of one scope."""
        if by_legs not in self._units:
            self._units[by_legs] = Units(self.batch, by_legs=by_legs)
        return self._units[by_legs]

    def sides(self, by: By) -> int:
        """Whose words answer a condition about `by`."""
        return int(sides_that_count(by, unknown_is_anyone=self.unknown_is_anyone))

    def doubts(self, by: By, units: Units, *, strict: bool = False) -> Doubts:
        """Units whose silence about `by` proves nothing; `strict` takes an unknown speaker for nobody."""
        anyone = self.unknown_is_anyone and not strict
        key = (by, units.by_legs, anyone)
        if key not in self._doubts:
            doubtful = doubtful_legs if units.by_legs else doubtful_contacts
            self._doubts[key] = doubtful(self.batch, by, unknown_is_anyone=anyone)
        return self._doubts[key]

    def absent(self, by: By, units: Units) -> NDArray[np.bool_]:
        """Units of calls in which `by` takes no part."""
        absent = absent_legs(self.batch, by)
        return absent if units.by_legs else absent[self.batch.first_leg[:-1]]

    def measures(self, by: By, units: Units) -> Measures:
        """Measures of the units for one side."""
        key = (self.sides(by), units.by_legs)
        if key not in self._measures:
            self._measures[key] = measure(self.batch, units, key[0])
        return self._measures[key]
