"""Which recordings a run of the kind `destroy` is about, as its spec keeps it; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Reason(StrEnum):
    """Why a recording is destroyed."""

    RETENTION = "retention"
    """The account keeps calls no longer."""
    GROUP_RETENTION = "group-retention"
    """The call's group keeps calls no longer."""
    REQUEST = "request"
    """A person asked for it."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What is to be destroyed: named contacts and recordings, or with none whatever falls due.

    `at_ms` is the moment that counts for what falls due, UTC epoch ms.
    """

    at_ms: int
    contacts: tuple[int, ...] = ()
    recordings: tuple[int, ...] = ()

    @property
    def is_request(self) -> bool:
        """Whether somebody named what is to go."""
        return bool(self.contacts or self.recordings)

    def to_document(self) -> dict[str, Any]:
        """The choice as `runs.spec` keeps it."""
        return {
            "at_ms": self.at_ms,
            "contacts": list(self.contacts),
            "recordings": list(self.recordings),
        }

    @classmethod
    def of(cls, spec: Mapping[str, Any]) -> "Choice":
        """The choice that `to_document` stored."""
        return cls(spec["at_ms"], tuple(spec["contacts"]), tuple(spec["recordings"]))
