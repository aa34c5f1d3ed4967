"""The contact as a telephone system sends it: what may be in the JSON, checked field by field."""

import re
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from services.gateway.intake.outcome import Outcome
from shared.decoding.signatures import MAX_CHANNELS, RATES_HZ
from shared.http.schemas import In, Out, PageQuery, Time

# Column sizes of shared/db/tables/contacts.py.
# No space at either end: telephone systems' ids have none, mistakes do.
_EXTERNAL_ID = r"^[^\s]([^\r\n]{0,198}[^\s])?$"
EXTERNAL_ID = re.compile(_EXTERNAL_ID)
ExternalId = Annotated[str, StringConstraints(pattern=_EXTERNAL_ID)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Extension = Annotated[str, StringConstraints(max_length=32)]
NumberText = Annotated[str, StringConstraints(max_length=64)]
Result = Annotated[str, StringConstraints(max_length=32)]
TimeText = Annotated[str, StringConstraints(max_length=64)]
# 20 days: what a 32-bit column of milliseconds holds, rounded down.
Duration = Annotated[int, Field(ge=0, le=20 * 24 * 3600 * 1000)]

Kind = Literal["call", "site_form", "callback", "chat", "email", "voicemail", "fax"]
DirectionName = Literal["inbound", "outbound", "internal"]

TopicsOrigin = Literal["operator", "voice_menu", "import"]

LEGS_LIMIT = 1000
TOPICS_LIMIT = 100


class EmployeePart(In):
    """Who was on a leg; made when new, and corrected by the fields that are present."""

    external_id: ExternalId
    name: Name | None = None
    extension: Extension | None = None


class GroupPart(In):
    """The department or queue of a leg; made when new, renamed when the name is present."""

    external_id: ExternalId
    name: Name | None = None


class LegPart(In):
    """One leg; `started_at` is needed when the leg is new."""

    external_id: ExternalId
    started_at: TimeText = ""
    ended_at: TimeText | None = None
    employee: EmployeePart | None = None
    group: GroupPart | None = None
    result: Result | None = None


class ContactPart(In):
    """A contact or a correction of one: absent fields keep their stored value, null clears one.

    `started_at` is needed when the contact is new. Times are ISO 8601, in the source's zone where
    they name none. Fields of the vendor's own belong into `raw`, which is kept as sent.
    """

    external_id: ExternalId = ""
    kind: Kind = "call"
    direction: DirectionName | None = None
    started_at: TimeText = ""
    ended_at: TimeText | None = None
    client_number: NumberText | None = None
    company_number: NumberText | None = None
    result: Result | None = None
    ring_ms: Duration | None = None
    wait_ms: Duration | None = None
    talk_ms: Duration | None = None
    hold_ms: Duration | None = None
    total_ms: Duration | None = None
    legs: list[LegPart] = Field(default_factory=list, max_length=LEGS_LIMIT)
    topics: list[ExternalId] | None = Field(
        default=None,
        max_length=TOPICS_LIMIT,
        description="Keys or names of the topics that `topics_origin` has set: all of them, in place "
        "of those handed in before. A name that is not known becomes a topic without a rule.",
    )
    topics_origin: TopicsOrigin = Field(
        default="operator", description="Whose `topics` are; those of another origin stay."
    )
    raw: dict[str, Any] = Field(default_factory=dict)


class ContactLine(ContactPart):
    """A contact of a batch, which names itself."""

    external_id: ExternalId


class StoredContactOut(Out):
    """What became of a contact that was handed in."""

    id: int
    external_id: str
    outcome: Outcome


class RecordingQuery(In):
    """What a recording belongs to; everything absent keeps what is stored, and may come later."""

    contact: ExternalId | None = Field(
        default=None, description="External id of its contact, which need not be known yet."
    )
    legs: Annotated[str, StringConstraints(min_length=1, max_length=2000)] | None = Field(
        default=None,
        description="External ids of its legs, with commas; absent: those that overlap in time.",
    )
    offset_ms: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = Field(
        default=None, description="Its start on the contact's clock."
    )
    speaker: Literal["operator", "client"] | None = Field(
        default=None, description="The speaker of a file that holds one side only."
    )
    raw_codec: Literal["alaw", "mulaw", "s16le", "gsm", "g722"] | None = Field(
        default=None,
        description="Of a file without a header: what it holds. Needs the two below as well.",
    )
    raw_rate_hz: Annotated[int, Field(ge=RATES_HZ[0], le=RATES_HZ[1])] | None = Field(
        default=None, description="Its samples per second: 8000 for `gsm`, 16000 for `g722`."
    )
    raw_channels: Annotated[int, Field(ge=1, le=MAX_CHANNELS)] | None = Field(
        default=None, description="Its channels: 1 for `gsm` and `g722`."
    )


class StoredRecordingOut(Out):
    """What became of a recording that was handed in."""

    id: int
    external_id: str
    outcome: Outcome
    state: Literal["linked", "waiting"] = Field(
        description="`waiting`: its contact is not known yet."
    )
    contact_id: int | None
    size_bytes: int
    sha256: str


class WaitingQuery(PageQuery):
    """Which recordings are listed."""

    state: Literal["waiting"] = Field(
        description="`waiting`: came before their contact, which is still not known."
    )


class WaitingRecordingOut(Out):
    """A recording whose contact is not known."""

    id: int
    source: str
    external_id: str
    contact_external_id: str = Field(description="The contact it waits for; empty: not told.")
    size_bytes: int
    sha256: str
    content_type: str
    duration_ms: int | None = Field(description="Null until it is measured.")
    received_at: Time
