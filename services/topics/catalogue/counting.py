"""How many calls of a period a topic's version in force has judged."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

NEVER_TAGGED = -1
"""Stands for the rules revision of a contact that was never tagged."""


@dataclass(frozen=True, slots=True)
class InForce:
    """A topic that calls are judged by; its verdicts may last have changed at `rules_revision`."""

    topic_id: int
    rules_revision: int


@dataclass(frozen=True, slots=True)
class Judging:
    """Calls of a period by the rules revision they were tagged under, and what runs have added.

    `by_runs` has calls that a run judged by that topic since they were tagged; `made_up` how many
    calls tagged under a revision runs have judged by so many topics, as {(revision, topics): calls}.
    """

    tagged: Mapping[int, int]
    by_runs: Mapping[int, int]
    made_up: Mapping[tuple[int, int], int]

    @property
    def total(self) -> int:
        """Calls of the period."""
        return sum(self.tagged.values())

    def judged(self, topic: InForce) -> int:
        """Calls that the topic's version in force has judged."""
        by_tagging = sum(
            calls for revision, calls in self.tagged.items() if revision >= topic.rules_revision
        )
        return by_tagging + self.by_runs.get(topic.topic_id, 0)

    def judged_by_all(self, topics: Iterable[InForce]) -> int:
        """Calls that every one of the topics has judged."""
        needed = [topic.rules_revision for topic in topics]
        # How many topics a call tagged under a revision has still to be judged by.
        behind = {
            revision: sum(revision < one for one in needed)
            for revision in self.tagged.keys() | {revision for revision, _ in self.made_up}
        }
        by_tagging = sum(calls for revision, calls in self.tagged.items() if not behind[revision])
        by_runs = sum(
            calls
            for (revision, topics_done), calls in self.made_up.items()
            if behind[revision] == topics_done
        )
        return by_tagging + by_runs


def judged_by_version(
    activated: Iterable[tuple[int, int]], calls: Mapping[int, int], *, since: int
) -> Mapping[int, int]:
    """How many calls have their present verdict from each version, by its number.

    `activated` are numbers with the rules revision of their activation, `calls` how many were
    judged last under a revision; under one before `since` the newest version's word is outdated.
    """
    versions = sorted((revision, number) for number, revision in activated)
    begins = [revision for revision, _ in versions]
    found = {number: 0 for _, number in versions}
    for revision, count in calls.items():
        place = bisect_right(begins, revision) - 1
        is_newest = place == len(versions) - 1
        if place >= 0 and not (is_newest and revision < since):
            found[versions[place][1]] += count
    return found
