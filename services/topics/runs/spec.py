"""What a re-tagging run is pinned to: which versions of which topics judge, at which revision."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Pinned:
    """One version of a topic; `digest` is of its rule, for a draft's text may change."""

    topic_id: int
    version_id: int
    digest: str


@dataclass(frozen=True, slots=True)
class RetagSpec:
    """A run's spec.

    `asked` are the topics that were named, None for all. `topics` are compared and stored: those
    and whatever asks about them; `prerequisites` are judged because they are asked about.
    `revision` is the account's rules revision that all are of. `rules` holds the rules of drafts by
    version. `everything`: contacts and topics that have been judged already are judged again.
    """

    revision: int
    asked: tuple[int, ...] | None
    topics: tuple[Pinned, ...]
    prerequisites: tuple[Pinned, ...]
    rules: Mapping[int, Any]
    drafts: bool
    everything: bool
    dry_run_id: int | None = None

    @property
    def pinned(self) -> tuple[Pinned, ...]:
        """Everything that is judged."""
        return self.topics + self.prerequisites

    def to_document(self) -> dict[str, Any]:
        """The spec as `runs.spec` keeps it."""
        return {
            "revision": self.revision,
            "asked": None if self.asked is None else list(self.asked),
            "topics": [_row(one) for one in self.topics],
            "prerequisites": [_row(one) for one in self.prerequisites],
            "rules": {str(version_id): rule for version_id, rule in self.rules.items()},
            "drafts": self.drafts,
            "everything": self.everything,
            "dry_run_id": self.dry_run_id,
        }

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "RetagSpec":
        """The spec that `to_document` stored."""
        return cls(
            revision=stored["revision"],
            asked=None if stored["asked"] is None else tuple(stored["asked"]),
            topics=tuple(Pinned(*row) for row in stored["topics"]),
            prerequisites=tuple(Pinned(*row) for row in stored["prerequisites"]),
            rules={int(version_id): rule for version_id, rule in stored["rules"].items()},
            drafts=stored["drafts"],
            everything=stored["everything"],
            dry_run_id=stored["dry_run_id"],
        )


def digest(rule: Any) -> str:
    """A short digest of a stored rule: equal for equal rules."""
    text = json.dumps(rule, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _row(one: Pinned) -> list[Any]:
    return [one.topic_id, one.version_id, one.digest]
