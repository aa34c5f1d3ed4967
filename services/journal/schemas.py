"""What the journal's routes take and give."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from services.journal.states import Recognition, SoundState
from shared.contacts.filters import TopicMatch
from shared.domain.pipeline import JobState
from shared.domain.recording import Direction, Speaker
from shared.http.schemas import ExternalId, In, Out, PageQuery, RowId, Time, TimeIn

ANY_OF_LIMIT = 100

ContactKind = Literal["call", "site_form", "callback", "chat", "email", "voicemail", "fax"]
Origin = Literal["rule", "operator", "voice_menu", "import", "correction"]
TopicRef = Annotated[str, StringConstraints(min_length=1, max_length=200)]
TopicVerdictRef = Annotated[
    str, StringConstraints(max_length=220, pattern=r"^.{1,200}:(yes|no|undecidable|not_judged)$")
]
# At least three digits: fewer are in every number.
NumberPart = Annotated[
    str, StringConstraints(max_length=64, pattern=r"^[ ()+./-]*([0-9][ ()+./-]*){3,}$")
]


class ContactFilterIn(In):
    """What is asked of contacts; a list that is not empty means any of it."""

    started_from: TimeIn | None = Field(
        default=None,
        alias="from",
        description="Began at or after. Without it: the last 7 days of the account's calendar, "
        "today or the day of `to` being the seventh.",
    )
    started_to: TimeIn | None = Field(default=None, alias="to", description="Began before.")
    direction: list[Direction] = Field(default=[])
    kind: list[ContactKind] = Field(default=[])
    source: list[ExternalId] = Field(
        default=[], max_length=ANY_OF_LIMIT, description="External ids of sources."
    )
    employee: list[RowId] = Field(
        default=[], max_length=ANY_OF_LIMIT, description="Who was on any of the legs."
    )
    group: list[RowId] = Field(
        default=[], max_length=ANY_OF_LIMIT, description="Of which any of the legs was."
    )
    topic: list[TopicRef] = Field(
        default=[],
        max_length=ANY_OF_LIMIT,
        description="Ids or keys of topics, such as `refund`, that are set on the contact. A "
        "correction counts before an operator's mark, and that before a rule's.",
    )
    topic_verdict: list[TopicVerdictRef] = Field(
        default=[],
        max_length=ANY_OF_LIMIT,
        description="An id or key of a topic, a colon, and what it says of the contact: `yes` (as "
        "`topic`), `no`, `undecidable` (what cannot be heard could turn it), `not_judged` (nobody "
        "has marked it, and the rule in force has not judged it).",
    )
    topic_match: TopicMatch = Field(
        default=TopicMatch.ANY, description="How many of `topic` and `topic_verdict` must hold."
    )
    number: NumberPart | None = Field(
        default=None, description="At least 3 digits in a row of the client's or our number."
    )


class ContactQuery(ContactFilterIn, PageQuery):
    """Contacts, the newest first."""


class ContactEmployeeOut(Out):
    """An employee by name."""

    id: int
    name: str


class ContactGroupOut(Out):
    """A group by name."""

    id: int
    name: str


class ContactTopicOut(Out):
    """A topic that is set on a contact, and by whom."""

    id: int
    key: str
    name: str
    colour: str
    origin: Origin


class ContactSoundOut(Out):
    """Whether there are recordings."""

    count: int
    state: SoundState = Field(
        description="`awaited`: people talked, and the last news of the call is less than an hour "
        "old."
    )


class ContactFieldsOut(Out):
    """What a row of the journal and the contact's details both say."""

    id: int
    external_id: str
    source: str = Field(description="External id of the telephone system.")
    kind: str
    direction: Direction | None
    started_at: Time
    ended_at: Time | None
    client_number: str | None = Field(description="E.164 or an extension, else as it was sent.")
    client_number_kind: Literal["e164", "extension", "hidden", "unknown"]
    company_number: str | None = Field(description="E.164 or an extension, else as it was sent.")
    result: str | None
    employee: ContactEmployeeOut | None = Field(description="Of the leg on which the call ended.")
    group: ContactGroupOut | None = Field(description="Of the leg on which the call ended.")
    ring_ms: int | None
    wait_ms: int | None
    talk_ms: int | None
    hold_ms: int | None
    total_ms: int | None
    recognition: Recognition
    topics: list[ContactTopicOut] = Field(description="Those whose mark that counts is a yes.")
    demo: bool = Field(description="Whether the demo model made a transcript of it.")


class ContactOut(ContactFieldsOut):
    """One row of the journal."""

    legs: int = Field(description="How many.")
    recordings: ContactSoundOut


class ContactLegOut(Out):
    """One stretch of a call with one employee."""

    id: int
    external_id: str
    position: int
    started_at: Time
    ended_at: Time | None
    employee: ContactEmployeeOut | None
    group: ContactGroupOut | None
    result: str | None


class RenditionOut(Out):
    """A file derived from a recording."""

    kind: str
    size_bytes: int
    content_type: str
    notes: Any = Field(description="What its maker found worth saying.")
    created_at: Time


class TranscriptSummaryOut(Out):
    """What is known of a transcript without its words."""

    language: str
    model: str
    demo: bool
    words: int
    measures: dict[str, Any] = Field(description="As `measures` of the transcript.")


class ContactRecordingOut(Out):
    """One sound file of a contact."""

    id: int
    external_id: str
    offset_ms: int = Field(description="Its start on the contact's clock.")
    speaker: Speaker | None = Field(description="Whom a one-sided file holds; null: both.")
    duration_ms: int | None
    channels: int | None
    rate_hz: int | None
    container: str | None
    codec: str | None
    size_bytes: int
    sha256: str
    destroyed_at: Time | None = Field(
        description="When its sound and all that was said on it were destroyed."
    )
    legs: list[int] = Field(description="Ids of the legs it covers.")
    renditions: list[RenditionOut]
    transcript: TranscriptSummaryOut | None


class ContactJobOut(Out):
    """One stage of the contact or of one of its recordings."""

    id: int
    kind: str
    subject: Literal["recording", "contact"]
    subject_id: int
    state: JobState
    progress: float
    attempt: int
    error_code: str | None
    error_message: str | None
    started_at: Time | None
    finished_at: Time | None
    busy_ms: int | None = Field(description="How long the last attempt of a done job took.")


class MarkTopicOut(Out):
    """The topic of a mark."""

    id: int
    key: str
    name: str
    colour: str


class ContactHitOut(Out):
    """One finding: what was said, by whom, where."""

    id: int
    recording_id: int
    leg_id: int | None
    employee_id: int | None
    speaker: Speaker
    start_ms: int = Field(description="On the recording's clock.")
    end_ms: int
    contact_start_ms: int = Field(description="On the contact's clock.")
    text: str
    phrase: str = Field(description="The phrase of the rule that was found.")
    score: float = Field(description="0–100, the weakest word's.")


class ContactMarkOut(Out):
    """One topic on the contact from one origin."""

    id: int
    topic: MarkTopicOut
    origin: Origin
    verdict: bool = Field(description="False: a person's no.")
    effective: bool = Field(description="Whether it is the one that counts of its topic.")
    version: int | None = Field(description="The topic's version that set it.")
    hits: list[ContactHitOut]


class ContactDetailOut(ContactFieldsOut):
    """One contact with everything that belongs to it."""

    sound: SoundState = Field(description="As `recordings.state` of the list.")
    favourite: bool = Field(description="No retention destroys its recordings.")
    legal_hold: bool = Field(description="Nobody destroys its recordings.")
    legs: list[ContactLegOut]
    recordings: list[ContactRecordingOut]
    jobs: list[ContactJobOut]
    marks: list[ContactMarkOut] | None = Field(
        description="Every origin's, by topic; null without the permission `hits`."
    )
    raw: dict[str, Any] | None = Field(
        description="What the vendor sent besides; null without the permission `details`."
    )
