"""What the import of packs will do to an account: the same plan for a dry run and for the work."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.topics.catalogue.packs_judging import JudgedTopic
from services.topics.catalogue.packs_store import StoredTopic


class Action(StrEnum):
    """What becomes of a topic of a pack."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    ARCHIVED = "archived"
    """The account has it in the archive, where nobody changes it."""


@dataclass(frozen=True, slots=True)
class PlannedTopic:
    """What becomes of one topic.

    `changes` names what differs from the account's: name, colour, group, rule, examples.
    `writes_draft`: its text is in no version that counts; `replaces_draft`: and another draft goes.
    `activates`: it is put in force.
    """

    judged: JudgedTopic
    stored: StoredTopic | None
    action: Action
    changes: tuple[str, ...] = ()
    writes_draft: bool = False
    replaces_draft: bool = False
    activates: bool = False

    @property
    def key(self) -> str:
        """Key of the topic."""
        return self.judged.topic.key


def plan_import(
    judged: Sequence[JudgedTopic], stored: Mapping[str, StoredTopic], *, activate: bool
) -> list[PlannedTopic]:
    """Plan every topic by its key; with `activate` those without faults are put in force."""
    return [_plan(one, stored.get(one.topic.key), activate=activate) for one in judged]


def _plan(judged: JudgedTopic, stored: StoredTopic | None, *, activate: bool) -> PlannedTopic:
    may_activate = activate and not judged.faults
    if stored is None:
        return PlannedTopic(judged, None, Action.ADDED, writes_draft=True, activates=may_activate)
    if stored.archived:
        return PlannedTopic(judged, stored, Action.ARCHIVED)
    in_force = judged.text == stored.in_force
    writes_draft = not in_force and judged.text != stored.draft
    activates = may_activate and not in_force
    changes = _changes(judged, stored)
    return PlannedTopic(
        judged,
        stored,
        Action.CHANGED if changes or activates else Action.UNCHANGED,
        changes=changes,
        writes_draft=writes_draft,
        replaces_draft=writes_draft and stored.draft is not None,
        activates=activates,
    )


def _changes(judged: JudgedTopic, stored: StoredTopic) -> tuple[str, ...]:
    topic, text = judged.topic, judged.text
    differs = {
        "name": topic.name != stored.name,
        "colour": topic.colour != stored.colour,
        # A pack that names no heading leaves the topic under the one that it has.
        "group": topic.group not in (None, stored.group),
    }
    written = [one for one in (stored.in_force, stored.draft) if one is not None]
    if text not in written:
        newest = stored.draft or stored.in_force
        differs["rule"] = newest is None or text.rule != newest.rule
        differs["examples"] = newest is None or (
            (text.should_match, text.should_not_match)
            != (newest.should_match, newest.should_not_match)
        )
    return tuple(name for name, is_so in differs.items() if is_so)
