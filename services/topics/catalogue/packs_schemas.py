"""What the routes of packs take and give."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from services.topics.catalogue.packs_plan import Action
from services.topics.catalogue.schemas import RuleOut
from shared.http.schemas import In, Name, Out


class PackFormat(StrEnum):
    """How a pack is written."""

    YAML = "yaml"
    JSON = "json"


class ExportQuery(In):
    """Which topics, and how they are written."""

    group: Name | None = Field(
        default=None,
        description="Name of a heading: its topics and those that their rules ask about.",
    )
    format: PackFormat = PackFormat.YAML


class ImportQuery(In):
    """What is done with a pack."""

    dry_run: bool = Field(default=False, description="Say what would be done, and do nothing.")
    activate: bool = Field(default=False, description="Put topics without faults in force.")


class FaultOut(Out):
    """Why a topic cannot be put in force."""

    where: str = Field(description="`body:<line>`, or the path in a JSON pack.")
    reason: str


class JudgedTopicOut(Out):
    """A topic of a pack, judged by its examples."""

    key: str
    name: str
    should_match: int = Field(description="How many examples it should match.")
    should_not_match: int
    faults: list[FaultOut]


class PackCheckOut(Out):
    """What is to be said about a pack that can be read."""

    pack: str
    name: str
    faultless: bool = Field(description="No topic has a fault.")
    topics: list[JudgedTopicOut]


class ImportedTopicOut(Out):
    """What became of a topic of a pack, or would."""

    key: str
    name: str
    action: Action = Field(
        description="`archived`: the account has it in the archive; nothing is done."
    )
    changes: list[str] = Field(
        description="What differs of a topic that the account has: `name`, `colour`, `group`, "
        "`rule`, `examples`."
    )
    replaces_draft: bool = Field(description="Another draft was there, and is written over.")
    activated: bool = Field(description="It is put in force.")
    faults: list[FaultOut] = Field(description="What keeps it from being put in force.")


class ImportOut(Out):
    """What an import did, or with `dry_run` would do."""

    dry_run: bool
    added: int
    changed: int
    unchanged: int
    archived: int
    activated: int
    topics: list[ImportedTopicOut]


class PackTopicOut(Out):
    """A topic of a pack."""

    key: str
    name: str
    group: str | None
    colour: str
    rule: RuleOut
    should_match: list[str]
    should_not_match: list[str]


class PackOut(Out):
    """Topics as a pack, which `POST /topics/import` takes."""

    pack: str
    language: Literal["ru", "en"]
    name: str
    topics: list[PackTopicOut]
