"""What the routes of marks, hits and thumbs take and give."""

from typing import Annotated, Literal

from pydantic import Field

from shared.domain.recording import Speaker
from shared.http.schemas import In, Out, PageQuery, Time, TimeIn

Origin = Literal["rule", "operator", "voice_menu", "import", "correction"]
PersonOrigin = Literal["operator", "voice_menu", "import", "correction"]
Opinion = Literal["right", "wrong", "missed"]
# On the contact's clock; a column holds no more.
ContactMs = Annotated[int, Field(ge=0, le=2**31 - 1)]


class AuthorOut(Out):
    """The person who set a mark or gave an opinion."""

    id: int
    name: str


class HitOut(Out):
    """One finding: what was said, by whom, where."""

    id: int
    recording_id: int
    leg_id: int | None
    employee_id: int | None
    speaker: Speaker
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
    author: AuthorOut | None = Field(description="Null: a rule, or a machine.")
    created_at: Time
    hits: list[HitOut]


class ThumbOut(Out):
    """What somebody thinks of a rule's verdict."""

    topic_id: int
    opinion: Opinion
    start_ms: int = Field(description="On the contact's clock; 0: the contact as a whole.")
    version: int | None = Field(description="The topic's version that it is about.")
    author: AuthorOut | None = Field(description="Null: a machine.")
    created_at: Time


class MarkListOut(Out):
    """The marks of a contact with their evidence."""

    judged: bool = Field(description="Whether it was judged by every rule in force.")
    items: list[MarkOut]
    thumbs: list[ThumbOut] = Field(description="What people think of them.")


class MarkIn(In):
    """A person's word on a topic of a contact."""

    verdict: bool = Field(description="False: the contact is not about it, whatever the rule says.")
    origin: PersonOrigin = Field(
        default="correction",
        description="Whose word it is. A correction counts before an operator's, then the voice "
        "menu's, an imported one, a rule's.",
    )


class MarkQuery(In):
    """Which of a topic's marks is meant."""

    origin: PersonOrigin = "correction"


class ThumbIn(In):
    """What the caller thinks of a rule's verdict on a contact."""

    opinion: Opinion = Field(
        description="`right` and `wrong` are about a mark that the rule has set, `missed` about "
        "one that it should have set."
    )
    start_ms: ContactMs = Field(
        default=0, description="Where on the contact's clock; 0: the contact as a whole."
    )


class ThumbQuery(In):
    """Which of the caller's opinions is meant."""

    start_ms: ContactMs = 0


class TopicHitsQuery(PageQuery):
    """Hits of which contacts are listed."""

    started_from: TimeIn | None = Field(default=None, description="Calls that began at or after.")
    started_to: TimeIn | None = Field(default=None, description="Calls that began before.")


class TopicHitOut(HitOut):
    """A hit of a topic with the contact it was found on."""

    contact_id: int
    contact_external_id: str
    contact_started_at: Time
    employee_name: str | None
    version: int | None = Field(description="The topic's version that found it.")
    current: bool = Field(description="Whether that version is in force.")
    effective: bool = Field(description="False where a person's word counts instead.")


class OpinionsOut(Out):
    """Opinions counted once for each place, the newest of it, and what follows from them."""

    right: int
    wrong: int
    missed: int
    precision: float | None = Field(description="right / (right + wrong); null: nothing to say.")
    recall: float | None = Field(description="right / (right + missed); null: nothing to say.")


class VersionOpinionsOut(OpinionsOut):
    """Opinions on one version of a rule."""

    version: int


class PrecisionOut(OpinionsOut):
    """How well a topic's rule did so far on the contacts that the caller sees."""

    topic_id: int
    versions: list[VersionOpinionsOut] = Field(description="The newest first.")
