"""What the routes on the results of a run take and give."""

from enum import StrEnum

from pydantic import Field

from shared.http.schemas import In, Out, PageQuery, Time


class Change(StrEnum):
    """What becomes of a contact under a topic."""

    ADDED = "added"
    """The run sets the topic's mark."""
    REMOVED = "removed"
    """The run takes the topic's mark away."""
    UNDECIDABLE = "undecidable"
    """What cannot be heard could turn the verdict."""


class ChangedQuery(PageQuery):
    """Contacts of one kind of change, by chunk and id."""

    change: Change = Field(default=Change.ADDED)


class ChangesQuery(In):
    """Which changes are taken out."""

    change: list[Change] = Field(default=[], description="Any of these; all if none is named.")


class ChangedContactOut(Out):
    """A contact on which a topic changes."""

    id: int
    external_id: str
    source: str = Field(description="External id of the telephone system.")
    started_at: Time
    client_number: str | None = Field(description="E.164 or an extension, else as it was sent.")
    company_number: str | None = Field(description="E.164 or an extension, else as it was sent.")
