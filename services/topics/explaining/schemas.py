"""What the routes of explanations take and give."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import core_schema

from services.topics.catalogue.sent_rule import SentRule
from services.topics.language.measure import MeasureKind
from services.topics.language.rule import Scope, TopicKey
from services.topics.language.said import By
from services.topics.language.verdict import Verdict
from services.topics.matching.nearest import Reason
from shared.contacts.verdicts import TopicVerdict
from shared.domain.recording import Speaker
from shared.http.schemas import In, Out


class _ByName:
    """Writes a verdict by its name; an enum's own schema would be numbers."""

    def __get_pydantic_core_schema__(
        self, _source: Any, _handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.is_instance_schema(
            Verdict,
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda verdict: verdict.name.lower(), when_used="json"
            ),
        )

    def __get_pydantic_json_schema__(
        self, _schema: core_schema.CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string", "enum": ["yes", "no", "undecidable"]}


VerdictOut = Annotated[Verdict, _ByName()]
"""What a rule says of a contact."""

ConditionKind = Literal["all", "any", "none", "said", "not_said", "measure", "topic", "contact"]


class RuleState(StrEnum):
    """Where the rule comes from that was explained."""

    ACTIVE = "active"
    DRAFT = "draft"
    RETIRED = "retired"
    UNSAVED = "unsaved"


class DoubtCode(StrEnum):
    """Why absence proves nothing."""

    LEG_WITHOUT_TRANSCRIPT = "leg-without-transcript"
    TALK_WITHOUT_TRANSCRIPT = "talk-without-transcript"
    SPEAKER_UNKNOWN = "speaker-unknown"
    SIDE_WITHOUT_CHANNEL = "side-without-channel"
    SIDE_SILENT = "side-silent"
    TOPIC_UNDECIDABLE = "topic-undecidable"


class ExplanationQuery(In):
    """Which version of the topic's rule judges."""

    version: Literal["draft"] | Annotated[int, Field(ge=1)] | None = Field(
        default=None,
        description="A version's number, or `draft`. Without it the version in force, or the draft "
        "where none is.",
    )


class ExplainIn(In):
    """A rule that is not saved yet."""

    rule: SentRule
    key: TopicKey | None = Field(
        default=None, description="Key of its topic: a circle through it is found."
    )


class RangeOut(Out):
    """A stretch of time."""

    start_ms: int = Field(description="On the contact's clock.")
    end_ms: int


class FoundOut(Out):
    """Something that was said: by whom, where."""

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
    phrase: str = Field(description="The phrase of the rule.")
    score: float = Field(
        description="0–100: the weakest word's, or how much the whole resembles the phrase."
    )


class NearMissOut(FoundOut):
    """What came nearest to a finding, and why it is none."""

    reasons: list[Reason]
    explanation: str = Field(description="The reasons in words.")


class SearchedOut(Out):
    """Where and in whose words a condition was looked for."""

    speakers: list[Speaker]
    ranges: list[RangeOut] = Field(description="The window; empty where it has no place.")
    words: int = Field(description="Their recognised words in there.")
    speech_ms: int = Field(description="How long those words last.")
    recordings: list[int] = Field(description="Ids of the recordings with such words.")
    legs: list[int] = Field(description="Ids of the legs with such words.")


class AnchorOut(Out):
    """What a window is measured from."""

    path: str
    found: int
    at: list[RangeOut] = Field(description="When; at most 20 of them.")


class SaidOut(Out):
    """Phrases that were looked for."""

    phrases: list[str]
    by: By
    at_least: int
    found: int = Field(description="Findings that count.")
    findings: list[FoundOut] = Field(description="In the order of time; at most 20 of them.")
    searched: SearchedOut
    anchors: list[AnchorOut]
    nearest: NearMissOut | None = Field(description="Only where there were too few findings.")


class MeasureOut(Out):
    """A figure of the conversation and its bounds."""

    what: MeasureKind
    by: By
    value: float
    at_least: float | None
    at_most: float | None
    anchors: list[AnchorOut]


class AskedTopicOut(Out):
    """Another topic and what its rule says of the contact."""

    topic_id: int
    key: str
    name: str
    verdict: VerdictOut


class FactOut(Out):
    """Something the telephone system told of the contact."""

    name: str = Field(description="As in the rule, such as `direction`.")
    asked: list[str]
    told: list[str]
    holds: bool


class DoubtOut(Out):
    """Why a condition could not be decided."""

    code: DoubtCode
    speaker: Speaker | None = Field(description="Of whom it is, where it is of one side.")
    leg_id: int | None
    topic: str | None = Field(description="Key of the topic that could not be decided.")
    text: str


class ConditionOut(Out):
    """One node of the rule; of `said`, `measure`, `topic` and `facts` what its kind has."""

    path: str = Field(description="Such as `rule.all[0]`.")
    kind: ConditionKind
    verdict: VerdictOut
    children: list["ConditionOut"]
    said: SaidOut | None = None
    measure: MeasureOut | None = None
    topic: AskedTopicOut | None = None
    facts: list[FactOut] | None = None
    doubts: list[DoubtOut] = Field(description="Of a leaf that could not be decided.")


class UnitOut(Out):
    """The whole contact, or a leg where the rule is judged leg by leg."""

    leg_id: int | None
    employee_id: int | None
    start_ms: int = Field(description="On the contact's clock.")
    end_ms: int
    verdict: VerdictOut
    condition: ConditionOut


class ExplanationOut(Out):
    """Why a rule says what it says of a contact."""

    contact_id: int
    topic_id: int | None = Field(description="Null: the rule of no topic.")
    version: int | None = Field(description="Number of the version that judged; null: unsaved.")
    state: RuleState
    scope: Scope
    verdict: VerdictOut
    stored: TopicVerdict | None = Field(
        description="What lists say of the topic now: the mark that counts, or what its version in "
        "force found when it last judged the contact, if it did. Null for an unsaved rule."
    )
    units: list[UnitOut] = Field(description="One, or the legs in their order; at most 20.")
    units_left_out: int = Field(description="Legs beyond those.")
