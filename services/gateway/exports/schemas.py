"""What the routes of exports take and give."""

from typing import Any

from pydantic import Field, model_validator

from services.journal.schemas import ContactFilterIn
from services.player.delivery.schemas import Variant
from services.player.exports.state import ExportState
from services.player.rendering.strength import Strength
from shared.http.schemas import In, Name, Out, PageQuery, Time
from shared.transcripts.formats import Format


class ExportIn(In):
    """Which files of which contacts go into one ZIP."""

    filter: ContactFilterIn = Field(default=ContactFilterIn(), description="As of `/contacts`.")
    sound: list[Variant] = Field(
        default=[], max_length=len(Variant), description="Of each recording; needs `sound`."
    )
    strength: Strength | None = Field(
        default=None, description="Of `denoised`; without it the account's."
    )
    transcripts: list[Format] = Field(
        default=[], max_length=len(Format), description="Of each recording; needs `transcript`."
    )
    name: Name | None = Field(default=None, description="Of the file, without `.zip`.")
    prepared: bool = Field(
        default=False,
        description="Prepare it, however small: then it can be fetched in parts and again.",
    )

    @model_validator(mode="after")
    def _something(self) -> "ExportIn":
        if not self.sound and not self.transcripts:
            raise ValueError("`sound` or `transcripts` must name something")
        return self


class ExportOut(Out):
    """An archive that is prepared, or was."""

    id: int
    name: str
    state: ExportState = Field(
        description="`ready`: fetch `/exports/{id}/file`. `failed` and `cancelled`: its job can be "
        "retried. `destroyed`: a recording in it was."
    )
    progress: float = Field(ge=0, le=1)
    job_id: int
    error_code: str | None
    error_message: str | None
    filter: dict[str, Any] = Field(description="Which contacts, as stored.")
    sound: list[Variant]
    strength: Strength
    transcripts: list[Format]
    recordings: int | None = Field(description="Of how many something is in it.")
    missing: dict[str, int] = Field(
        description="How many files are not in it, or damaged, by the codes of its manifest."
    )
    size_bytes: int | None
    sha256: str | None
    created_at: Time
    expires_at: Time | None = Field(description="Until then the file is kept.")


class ExportsQuery(PageQuery):
    """One's own exports, the newest first."""
