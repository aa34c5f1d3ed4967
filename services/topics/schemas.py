"""What the topics' routes take and give."""

from typing import Any, Literal

from pydantic import Field

from services.topics.language.rule import Rule
from shared.http.schemas import In, Out, Time, TimeIn

Origin = Literal["rule", "operator", "voice_menu", "import", "correction"]


class TopicsQuery(In):
    """Over which calls the topics are counted."""

    started_from: TimeIn | None = Field(default=None, description="Calls that began at or after.")
    started_to: TimeIn | None = Field(default=None, description="Calls that began before.")


class TopicOut(Out):
    """A topic as a list shows it."""

    id: int
    key: str = Field(description="Stable name for machines.")
    name: str
    group: str | None
    colour: str
    active: bool = Field(description="Whether calls are judged by it.")
    preset: bool = Field(description="Whether it came with a pack.")
    version: int = Field(description="Number of the version in force; 0 while there is a draft.")
    contacts: int = Field(description="Calls of the period that it is set on.")


class TopicListOut(Out):
    """All topics of the account, in the order of their groups and names."""

    items: list[TopicOut]
    contacts: int = Field(description="Calls of the period that the caller sees.")
    not_judged: int = Field(description="Of them, those not judged by the rules in force yet.")


class TopicDetailOut(TopicOut):
    """A topic with the rule in force."""

    rule: Rule | None = Field(description="Null while there is only a draft.")
    should_match: list[str]
    should_not_match: list[str]
    created_at: Time
    changed_at: Time


class HitOut(Out):
    """One finding: what was said, by whom, where."""

    id: int
    recording_id: int
    leg_id: int | None
    employee_id: int | None
    speaker: Literal["operator", "client", "unknown"]
    start_ms: int = Field(description="On the recording's clock.")
    end_ms: int
    contact_start_ms: int = Field(description="On the contact's clock.")
    first_word: int = Field(description="Number of the first displayed word of the transcript.")
    last_word: int
    text: str
    phrase: str = Field(description="The phrase of the rule that was found.")
    score: float = Field(description="0–100, the weakest word's.")


class MarkOut(Out):
    """One topic on one contact from one origin."""

    id: int
    topic_id: int
    topic_key: str
    topic_name: str
    colour: str
    origin: Origin
    verdict: bool = Field(description="False: a person's no.")
    effective: bool = Field(description="Whether it is the one that counts of its topic.")
    version: int | None = Field(description="The topic's version that set it.")
    current: bool = Field(description="Whether that version is in force.")
    created_at: Time
    hits: list[HitOut]


class MarkListOut(Out):
    """The marks of a contact with their evidence."""

    judged: bool = Field(description="Whether it was judged by the rules in force.")
    items: list[MarkOut]


def rule_out(stored: Any) -> Rule | None:
    """A stored rule as the API gives it."""
    return None if stored is None else Rule.model_validate(stored)
