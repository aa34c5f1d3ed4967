"""What the routes of links and of the embedded player take and give."""

from typing import Annotated, Literal

from pydantic import Field

from services.player.timeline.schemas import TimelineOut
from shared.http.schemas import ExternalId, In, Out, PageQuery, RowId, Time

MIN_EXPIRY_S = 60
MAX_EXPIRY_S = 86_400


class ContactKeyIn(In):
    """A contact by the ids that the telephone system gave."""

    source: ExternalId
    external_id: ExternalId


class LinkIn(In):
    """A link to be made, and what the player behind it shows besides the sound."""

    contact: RowId | ContactKeyIn
    expires_in_s: Annotated[int, Field(ge=MIN_EXPIRY_S, le=MAX_EXPIRY_S)] = 3600
    start_ms: Annotated[int, Field(ge=0, le=2**31 - 1)] = Field(
        default=0, description="Where the player stands at first, on the contact's clock."
    )
    with_transcript: bool = False
    with_hits: bool = Field(default=False, description="Marks and where they were found.")
    with_download: bool = Field(default=False, description="Whether the sound may be saved.")


class LinkQuery(PageQuery):
    """Links, the newest first."""


class LinkOut(Out):
    """A link without its token."""

    id: int
    contact_id: int
    start_ms: int
    with_transcript: bool
    with_hits: bool
    with_download: bool
    created_by: str = Field(description="`user:<id>` or `token:<id>`.")
    created_at: Time
    expires_at: Time
    revoked_at: Time | None


class NewLinkOut(LinkOut):
    """A link with its address, which is shown this once."""

    token: str
    url: str = Field(description="Path of the player on this server: `/embed/player/` and token.")


class PageLookQuery(In):
    """How the page of the player looks."""

    lang: Literal["ru", "en"] | None = Field(
        default=None, description="Without it: what the browser prefers, else Russian."
    )
    theme: Literal["light", "dark"] | None = Field(
        default=None, description="Without it: as the browser says."
    )


class EmbeddedOut(Out):
    """Everything that the player behind a link draws, and what it may."""

    start_ms: int
    with_download: bool
    expires_at: Time
    timeline: TimelineOut
