"""What the routes for foreign journal pages take and give."""

from typing import Literal

from pydantic import Field

from services.journal.integration.state import ContactState
from services.journal.schemas import ContactFilterIn, Origin, TopicRef
from shared.contacts.verdicts import TopicVerdict
from shared.domain.recording import Speaker
from shared.http.schemas import ExternalId, In, Out, PageQuery, Time

CONTACTS_LIMIT = 1000
VERDICTS_LIMIT = 20

_LINK = "Path of its page in our interface, on the address of the API."


class ContactKeyIn(In):
    """A contact as its telephone system knows it."""

    source: ExternalId
    external_id: ExternalId


class TopicsIn(In):
    """Whose topics are asked: `external_ids` of one `source`, or `contacts` of several, or both."""

    source: ExternalId | None = Field(
        default=None, description="External id of the source that `external_ids` belong to."
    )
    external_ids: list[ExternalId] = Field(default=[], max_length=CONTACTS_LIMIT)
    contacts: list[ContactKeyIn] = Field(default=[], max_length=CONTACTS_LIMIT)
    verdicts_of: list[TopicRef] = Field(
        default=[],
        max_length=VERDICTS_LIMIT,
        description="Ids or keys of topics whose verdict is wanted of every contact.",
    )
    terms: bool = Field(
        default=False, description="Also the phrases that were found, topic by topic."
    )


class TermOut(Out):
    """A phrase of a rule that was found."""

    phrase: str
    count: int
    speakers: list[Speaker] = Field(description="Who said it.")


class SetTopicOut(Out):
    """A topic that is set on a contact."""

    id: int
    key: str
    name: str
    colour: str
    origin: Origin
    version: int | None = Field(description="The version that set it; null: a person did.")
    current: bool = Field(description="Whether that version is in force.")
    set_at: Time
    hits: int = Field(description="How many findings prove it.")
    terms: list[TermOut] | None = Field(description="Null unless they were asked for.")
    link: str = Field(description="Path of its settings in our interface.")


class VerdictOut(Out):
    """What a topic says of a contact."""

    topic_id: int
    topic: str = Field(description="Id or key as it was asked for.")
    verdict: TopicVerdict


class ContactTopicsOut(Out):
    """What is known of one contact that was asked for."""

    source: str
    external_id: str
    state: ContactState
    contact_id: int | None = Field(description="Null where `state` is `unknown`.")
    link: str | None = Field(description=_LINK)
    topics: list[SetTopicOut] = Field(description="By name; those whose mark that counts is a yes.")
    verdicts: list[VerdictOut] = Field(description="Of the topics asked for, in their order.")


class TopicsOut(Out):
    """An answer for every contact that was asked for, in the order of asking."""

    items: list[ContactTopicsOut]


class ContactKeysQuery(ContactFilterIn, PageQuery):
    """Contacts, the newest first."""

    limit: int = Field(default=CONTACTS_LIMIT, ge=1, le=CONTACTS_LIMIT, description="Rows.")


class ContactKeyOut(Out):
    """A contact as its telephone system knows it, and as we do."""

    source: str
    external_id: str
    contact_id: int
    started_at: Time
    link: str = Field(description=_LINK)


class TopicCountOut(Out):
    """A topic and on how many contacts it is set."""

    id: int
    key: str
    name: str
    colour: str
    contacts: int
    link: str = Field(description="Path of its settings in our interface.")


class TopicCountsOut(Out):
    """The topics that may be filtered by, and how often each is set."""

    contacts: int = Field(description="How many match, whatever their topics.")
    not_judged: int = Field(
        description="How many of them some rule in force has not judged yet: the counts may rise."
    )
    items: list[TopicCountOut]


class ServiceOut(Out):
    """One of the services that a journal page offers beside its list."""

    key: Literal["recording", "speech-analytics"]
    name: str = Field(description="As the page shows it.")
    state: Literal["connected", "available"] = Field(
        description="`connected`: «Подкл.»; `available`: «Подключить»."
    )
    missing: Literal["recordings", "speech-model", "topics"] | None = Field(
        description="What there is none of yet; null where it is connected."
    )
    link: str = Field(description="Path in our interface where it is connected or looked after.")


class ServicesOut(Out):
    """The state of the services."""

    items: list[ServiceOut]


class ChangesQuery(In):
    """Which part of the feed."""

    after: str | None = Field(
        default=None,
        max_length=32,
        description="`next_after` of the answer before; absent: from the beginning; `now`: nothing "
        "that was changed before this moment.",
    )
    limit: int = Field(default=CONTACTS_LIMIT, ge=1, le=CONTACTS_LIMIT)


class ChangeOut(Out):
    """One change of one contact."""

    number: int
    what: Literal["topics", "transcript", "recording"]
    changed_at: Time
    source: str
    external_id: str
    contact_id: int
    link: str = Field(description=_LINK)


class ChangesOut(Out):
    """A part of the feed."""

    items: list[ChangeOut]
    next_after: str = Field(description="Send it as `after` the next time.")
    more: bool = Field(description="Whether more is there already: ask again at once.")
