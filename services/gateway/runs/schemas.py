"""What the routes of runs take and give."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from services.journal.schemas import ContactFilterIn
from shared.http.schemas import In, Out, PageQuery, RowId, Time, TimeIn
from shared.runs.kinds import RunState

MOST_TOPICS = 10_000

RunKindName = Literal["retag", "retranscribe", "destroy"]
MOST_NAMED = 1000
# A name or an id of the model hub: folders of the server are its operator's.
ModelName = Annotated[
    str,
    StringConstraints(max_length=200, pattern=r"^[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?$"),
]


class RunFilterIn(ContactFilterIn):
    """Over which contacts a run goes; a list that is not empty means any of it."""

    started_from: TimeIn | None = Field(
        default=None, alias="from", description="Began at or after. Without it: however long ago."
    )


class RetagIn(In):
    """Judge stored calls again by topics, and whatever topics ask about them."""

    topics: list[RowId] | None = Field(
        default=None,
        min_length=1,
        max_length=MOST_TOPICS,
        description="Null: all topics in force.",
    )
    filter: RunFilterIn = Field(default=RunFilterIn())
    dry_run: bool = Field(
        default=True, description="Only compare: nothing is changed, the result says what would be."
    )
    drafts: bool = Field(
        default=False,
        description="Judge by the topics' drafts where there are some; only in a dry run.",
    )
    everything: bool = Field(
        default=False,
        description="Judge again what the versions in force have judged already. They say the same "
        "unless something went wrong.",
    )
    dry_run_id: RowId | None = Field(
        default=None,
        description="Apply what this dry run has shown: topics, versions, filter and `everything` "
        "are its own, so leave them out. 409 `rules-changed` when other versions are in force.",
    )

    @model_validator(mode="after")
    def _stands_together(self) -> "RetagIn":
        if self.drafts and not self.dry_run:
            raise ValueError("`drafts` goes with a dry run only: activate the draft first")
        own = self.model_fields_set - {"dry_run", "dry_run_id"}
        if self.dry_run_id is not None and (self.dry_run or own):
            raise ValueError("`dry_run_id` goes with `dry_run: false` and nothing else")
        return self


class RetranscribeIn(In):
    """Recognise recordings again; an old transcript stays until the new one is stored."""

    model: ModelName | None = Field(
        default=None, description="A name such as `large-v3`; null: the account's model."
    )
    filter: RunFilterIn = Field(default=RunFilterIn())
    everything: bool = Field(
        default=False, description="Also where this very model made the transcript."
    )


class DestroyIn(In):
    """Destroy what was named; without contacts and recordings, what the retention lets go of."""

    contacts: list[RowId] = Field(
        default=[], max_length=MOST_NAMED, description="All recordings of these."
    )
    recordings: list[RowId] = Field(default=[], max_length=MOST_NAMED)
    dry_run: bool = Field(
        default=True, description="Only list what would go and why: `/destructions/{run_id}`."
    )


class RunsQuery(PageQuery):
    """Runs, the newest first."""

    kind: list[RunKindName] = Field(default=[], description="Any of these.")


class RunOut(Out):
    """A bulk pass over stored data."""

    id: int
    kind: RunKindName
    state: RunState = Field(
        description="A `failed` run says why and can be resumed; a `cancelled` one cannot."
    )
    dry_run: bool
    actor: str = Field(
        description="`user:<id>`, `token:<id>`, `cli`, or `retention` for its daily pass."
    )
    filter: dict[str, Any] = Field(description="Over which contacts, as stored; empty: all.")
    subject: Literal["contact", "recording"] = Field(description="What is counted below.")
    total: int
    done: int
    chunks: int
    chunks_done: int = Field(description="Falls to 0 while the run is undone.")
    progress: float = Field(ge=0, le=1)
    estimated_ms: int | None = Field(
        description="Time that is left at the pace of the last chunks; null if it cannot be told."
    )
    error_code: str | None
    error_message: str | None
    created_at: Time
    started_at: Time | None
    finished_at: Time | None
    topics: list[int] | None = Field(
        description="Ids of the topics that are compared: those asked for and all that ask about "
        "them; null for a run without topics."
    )
    drafts: bool
    everything: bool
    dry_run_id: int | None = Field(description="The dry run that this run applies.")
    model: str | None = Field(description="Null: the account's, or a run without a model.")


class TopicTotalOut(Out):
    """What a run has found of one topic so far, counted in contacts that were judged."""

    topic_id: int
    key: str
    name: str
    added: int
    removed: int
    unchanged: int = Field(description="Marks that stay.")
    undecidable: int = Field(description="What cannot be heard could turn the verdict.")


class RunDetailOut(RunOut):
    """A run with what it has found."""

    results: list[TopicTotalOut] = Field(description="By the topics' names; empty without topics.")
