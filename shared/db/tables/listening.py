"""Links that show the player to people without an account, and prepared downloads."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
)

from shared.db.base import EpochMs, Id, Json, metadata, owned

embed_links = Table(
    "embed_links",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("contact_id", Id, nullable=False),
    # SHA-256 of the token's secret: a stolen database opens no link.
    Column("secret_hash", LargeBinary(32), nullable=False, unique=True),
    # user:<id> or token:<id> who gave it out.
    Column("created_by", String(64), nullable=False),
    # Whether words and marks are shown besides the sound, and whether the sound may be saved.
    Column("with_transcript", Boolean, nullable=False),
    Column("with_hits", Boolean, nullable=False),
    Column("with_download", Boolean, nullable=False),
    # Where the player stands at first, on the contact's clock.
    Column("start_ms", Integer, nullable=False, server_default="0"),
    Column("created_at_ms", EpochMs, nullable=False),
    Column("expires_at_ms", EpochMs, nullable=False),
    Column("revoked_at_ms", EpochMs),
    UniqueConstraint("account_id", "id"),
    owned(["contact_id"], "contacts", on_delete="CASCADE"),
)
Index("ix_embed_links_contact", embed_links.c.account_id, embed_links.c.contact_id)

exports = Table(
    "exports",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    # user:<id> or token:<id>: nobody else may fetch it.
    Column("actor", String(64), nullable=False),
    # What goes into it: a stored filter, and which files of each recording.
    Column("filter", Json, nullable=False),
    Column("spec", Json, nullable=False),
    # Which contacts its maker saw, as the filter is worked through without them.
    Column("visibility", Json, nullable=False),
    # Empty until it is made, and again when a recording in it was destroyed and it with it.
    Column("object_name", String(300), nullable=False, server_default=""),
    Column("size_bytes", Id),
    Column("sha256", String(64), nullable=False, server_default=""),
    Column("recordings", Integer),
    # How many files it lacks, by reason.
    Column("missing", Json, nullable=False, server_default="{}"),
    Column("created_at_ms", EpochMs, nullable=False),
    Column("expires_at_ms", EpochMs),
    UniqueConstraint("account_id", "id"),
)
Index("ix_exports_object", exports.c.object_name)

export_recordings = Table(
    "export_recordings",
    metadata,
    # Which prepared downloads hold a recording: they go when it is destroyed.
    Column("account_id", Id, primary_key=True),
    Column("export_id", Id, primary_key=True),
    Column("recording_id", Id, primary_key=True),
    # What of it went in, between commas: variants of its sound, and `transcript`.
    Column("variants", String(64), nullable=False),
    owned(["export_id"], "exports", on_delete="CASCADE"),
    owned(["recording_id"], "recordings", on_delete="CASCADE"),
)
Index(
    "ix_export_recordings_recording",
    export_recordings.c.account_id,
    export_recordings.c.recording_id,
)

destructions = Table(
    "destructions",
    metadata,
    # One destroyed recording: what the act of destruction tells of it.
    Column("id", Id, primary_key=True),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("run_id", Id, nullable=False),
    Column("recording_id", Id, nullable=False),
    # planned (a dry run), marked (its rows are gone, its objects not yet) or destroyed
    Column("state", String(16), nullable=False),
    # retention, group-retention or request
    Column("reason", String(32), nullable=False),
    # What identified it, kept as proof without what was said: ids of the source, times, digest.
    Column("facts", Json, nullable=False),
    # Names of objects that are still to be removed.
    Column("object_names", Json, nullable=False),
    Column("marked_at_ms", EpochMs),
    Column("destroyed_at_ms", EpochMs),
    UniqueConstraint("account_id", "id"),
    UniqueConstraint("account_id", "run_id", "recording_id"),
    owned(["run_id"], "runs"),
    owned(["recording_id"], "recordings"),
)
Index("ix_destructions_state", destructions.c.account_id, destructions.c.state)
