"""What the routes of topics and their headings take and give."""

from typing import Annotated, Literal

from pydantic import Field, PlainSerializer

from services.topics.catalogue.reading import Tab
from services.topics.catalogue.sent_rule import SentRule
from services.topics.catalogue.stored_rule import to_stored
from services.topics.language.rule import Rule, TopicKey
from shared.http.schemas import In, Name, Out, Page, PageQuery, RowId, Time, TimeIn
from shared.paging import MAX_LIMIT

Colour = Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")]
Example = Annotated[str, Field(min_length=1, max_length=2000)]
"""Lines `operator: text` or `client: text`."""

# A lambda, having no return annotation, leaves the schema that of the rule.
RuleOut = Annotated[Rule, PlainSerializer(lambda rule: to_stored(rule))]  # noqa: PLW0108
"""A rule without what it says by default."""


class PeriodQuery(In):
    """Which calls are counted."""

    started_from: TimeIn | None = Field(default=None, description="Calls that began at or after.")
    started_to: TimeIn | None = Field(default=None, description="Calls that began before.")


class TopicsQuery(PeriodQuery, PageQuery):
    """Which topics, and over which calls they are counted."""

    limit: int = Field(default=MAX_LIMIT, ge=1, le=MAX_LIMIT, description="Rows of a page.")
    tab: Tab | None = Field(
        default=None,
        description="`mine`: made by the caller; `shared`: by others; `preset`: came with a pack.",
    )
    search: str | None = Field(
        default=None, min_length=1, max_length=200, description="Part of the name, in any case."
    )
    active: bool | None = Field(default=None, description="Switched on, or off; both without.")
    archived: bool = Field(default=False, description="Those of the archive instead.")


class TopicFields(Out):
    """What a topic is called, where it stands and which versions it has."""

    id: int
    key: str = Field(description="Stable name for machines and for rules that ask about it.")
    name: str
    tab: Tab = Field(description="Made by the caller, by others, or came with a pack.")
    group_id: int | None
    group: str | None = Field(description="Heading that it stands under.")
    colour: str
    active: bool = Field(description="Whether calls are judged by its version in force.")
    preset: bool = Field(description="Whether it came with a pack.")
    author: str | None = Field(description="Who made it; null: a pack, or a machine.")
    created_at: Time
    changed_at: Time
    changed_by: str = Field(description="`user:<id>`, `token:<id>`, or empty: a pack.")
    archived_at: Time | None
    version: int | None = Field(description="Number of the version in force; null: none yet.")
    draft_version: int | None = Field(description="Number of the draft; null: there is none.")
    revision: int = Field(description="In quotes it is the ETag; rises with every change.")


class Figures(Out):
    """Calls of a period that the caller sees, as one topic counts them."""

    contacts: int = Field(description="Calls that it is set on, by the marks that count.")
    judged: int | None = Field(
        description="Calls that the version in force has judged; null while it judges none: there "
        "is only a draft, or it is switched off or archived."
    )
    judged_of: int = Field(description="All calls.")


class TopicOut(TopicFields, Figures):
    """A topic as a list shows it."""

    words: int = Field(description="Different words of the rule in force, else of the draft.")
    unknown_words: int = Field(description="Of them, those never recognised in the account.")


class TopicListOut(Page[TopicOut]):
    """A page of topics in the order of their headings and names."""

    contacts: int = Field(description="Calls of the period that the caller sees.")
    not_judged: int = Field(
        description="Of them, those that some topic in force has not judged yet."
    )


class WrittenOut(Out):
    """A version's rule and examples."""

    number: int
    rule: RuleOut
    should_match: list[str]
    should_not_match: list[str]


class WordPlaceOut(Out):
    """Where a word stands."""

    path: str = Field(description="Such as `rule.all[0].said.phrases[2]`.")
    phrase: str


class UnknownWordOut(Out):
    """A word of the rule that was never recognised in the account: it finds nothing."""

    word: str = Field(description="Normalised; `!` before it pins the form, `*` is a beginning.")
    places: list[WordPlaceOut]
    suggestions: list[str] = Field(description="The nearest words that were recognised, up to 3.")


class WarningOut(Out):
    """A place that would stop an activation."""

    path: str
    reason: str


class CheckOut(Out):
    """What is to be said about a rule before it is put in force."""

    words: int = Field(description="Different words of the rule.")
    unknown_words: list[UnknownWordOut]
    topics: list[WarningOut] = Field(
        description="Topics that it cannot ask about, or a circle that it would close."
    )
    broken_examples: list[WarningOut] = Field(
        description="Examples that do not come out as written; judged once `topics` is empty."
    )


class TopicDetailOut(TopicFields):
    """A topic with its version in force and its draft."""

    in_force: WrittenOut | None
    draft: WrittenOut | None
    check: CheckOut | None = Field(
        description="Of the draft, else of the version in force; only for those who edit topics."
    )


class CountedTopicOut(TopicDetailOut, Figures):
    """A topic with its versions and how many calls it is set on."""


class WrittenIn(In):
    """What a person writes of a version."""

    rule: SentRule
    should_match: list[Example] = Field(
        default=[], description="Each a conversation of lines `operator: text` or `client: text`."
    )
    should_not_match: list[Example] = Field(default=[], description="Likewise.")


class CheckIn(WrittenIn):
    """A rule that is not saved yet."""

    key: TopicKey | None = Field(
        default=None, description="Key of its topic: a circle through it is found."
    )


class TopicIn(WrittenIn):
    """A topic and its first draft."""

    name: Name
    key: TopicKey | None = Field(default=None, description="Made from the name when left out.")
    colour: Colour = "#607d8b"
    group_id: RowId | None = None


class TopicPatch(In):
    """What is sent changes; the rest stays."""

    name: Name | None = None
    colour: Colour | None = None
    group_id: RowId | None = Field(default=None, description="Null: no heading.")
    active: bool | None = None


class CopyIn(In):
    """What the copy of a topic is called."""

    name: Name


class VersionOut(Out):
    """A version of a topic in its history."""

    number: int
    state: Literal["draft", "active", "retired"]
    author: str | None = Field(description="Who wrote it last; null: a pack, or a machine.")
    written_at: Time
    activated_at: Time | None
    activated_by: str = Field(description="`user:<id>`, `token:<id>`, or empty.")
    judged: int | None = Field(
        description="Calls whose present verdict is this version's; null of the version in force "
        "while the topic is switched off or archived."
    )
    judged_of: int = Field(description="All calls of the period that the caller sees.")


class VersionListOut(Out):
    """All versions of a topic, the newest first."""

    items: list[VersionOut]


class DiffQuery(In):
    """What a version is compared with."""

    against: int | None = Field(
        default=None,
        ge=1,
        le=2**31 - 1,
        description="Number; when left out the version before it, or the first one itself.",
    )


class ChangeOut(Out):
    """A value that is in one of two versions only, or another in each."""

    kind: Literal["added", "removed", "changed"]
    path: str = Field(description="In the older version if it was removed, else in the newer one.")
    before: object = Field(description="Null when it was added.")
    after: object = Field(description="Null when it was removed.")


class DiffOut(Out):
    """What differs between two versions."""

    number: int
    against: int
    rule: list[ChangeOut] = Field(description="Conditions and their values.")
    phrases: list[ChangeOut]
    examples: list[ChangeOut]


class TopicGroupIn(In):
    """A heading."""

    name: Name


class TopicGroupOut(Out):
    """A heading that topics stand under."""

    id: int
    name: str
    topics: int = Field(description="How many stand under it, archived ones too.")
