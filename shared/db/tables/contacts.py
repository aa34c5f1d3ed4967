"""Contacts, their legs, the recordings that cover them and what is derived from each recording."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint

from shared.db.base import EpochMs, Id, Json, metadata, owned

contacts = Table(
    "contacts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("source_id", Id, nullable=False),
    Column("external_id", String(200), nullable=False),
    Column("kind", String(16), nullable=False, server_default="call"),
    Column("direction", String(16), nullable=False, server_default=""),
    Column("started_at_ms", EpochMs, nullable=False),
    Column("ended_at_ms", EpochMs),
    Column("client_number_raw", String(64), nullable=False, server_default=""),
    Column("client_number", String(32), nullable=False, server_default=""),
    # e164, extension, hidden or unknown; only e164 can ever be unique or repeated.
    Column("client_number_kind", String(16), nullable=False, server_default="unknown"),
    Column("company_number_raw", String(64), nullable=False, server_default=""),
    Column("company_number", String(32), nullable=False, server_default=""),
    Column("result", String(32), nullable=False, server_default=""),
    Column("ring_ms", Integer),
    Column("wait_ms", Integer),
    Column("talk_ms", Integer),
    Column("hold_ms", Integer),
    Column("total_ms", Integer),
    # Of the leg where the call ended (000-18).
    Column("employee_id", Id),
    Column("group_id", Id),
    Column("raw", Json, nullable=False),
    # What can be heard: bit 1 operator, 2 client, 4 unknown; and how much of it.
    Column("audible", Integer, nullable=False, server_default="0"),
    Column("speech_ms", Integer, nullable=False, server_default="0"),
    # Legs with talk whose transcript is missing: absence cannot be judged on them.
    Column("legs_unheard", Integer, nullable=False, server_default="0"),
    # The account's rules revision this contact was tagged under; null: not judged.
    Column("tagged_revision", Integer),
    # How often its marks were judged: tells a run that somebody was quicker.
    Column("judgements", Integer, nullable=False, server_default="0"),
    # Neither is ever destroyed by a retention; a hold also forbids it by hand.
    Column("favourite", Boolean, nullable=False, server_default="0"),
    Column("legal_hold", Boolean, nullable=False, server_default="0"),
    Column("created_at_ms", EpochMs, nullable=False),
    Column("changed_at_ms", EpochMs, nullable=False),
    UniqueConstraint("account_id", "id"),
    UniqueConstraint("account_id", "source_id", "external_id"),
    owned(["source_id"], "sources"),
    owned(["employee_id"], "employees"),
    owned(["group_id"], "groups"),
)
Index("ix_contacts_time", contacts.c.account_id, contacts.c.started_at_ms, contacts.c.id)
Index(
    "ix_contacts_group_time",
    contacts.c.account_id,
    contacts.c.group_id,
    contacts.c.started_at_ms,
    contacts.c.id,
)
Index(
    "ix_contacts_employee_time",
    contacts.c.account_id,
    contacts.c.employee_id,
    contacts.c.started_at_ms,
    contacts.c.id,
)

legs = Table(
    "legs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", Id, nullable=False),
    Column("contact_id", Id, nullable=False),
    Column("external_id", String(200), nullable=False),
    # Order on the contact's clock: by start, then end, then external id; no arrival changes it.
    Column("position", Integer, nullable=False),
    Column("started_at_ms", EpochMs, nullable=False),
    Column("ended_at_ms", EpochMs),
    Column("employee_id", Id),
    Column("group_id", Id),
    Column("result", String(32), nullable=False, server_default=""),
    UniqueConstraint("account_id", "id"),
    UniqueConstraint("account_id", "contact_id", "external_id"),
    owned(["contact_id"], "contacts", on_delete="CASCADE"),
    owned(["employee_id"], "employees"),
    owned(["group_id"], "groups"),
)
Index("ix_legs_employee", legs.c.account_id, legs.c.employee_id)
Index("ix_legs_group", legs.c.account_id, legs.c.group_id)

recordings = Table(
    "recordings",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("source_id", Id, nullable=False),
    Column("external_id", String(200), nullable=False),
    # What the sender said the recording belongs to; kept while the call itself has not come.
    Column("contact_external_id", String(200), nullable=False, server_default=""),
    # Null while the recording waits for its call.
    Column("contact_id", Id),
    # Start of the recording on the contact's clock.
    Column("offset_ms", Integer, nullable=False, server_default="0"),
    # Speaker of a one-sided file; empty: both parties.
    Column("one_sided", String(16), nullable=False, server_default=""),
    # External ids of the legs the sender named; empty: all legs that overlap in time.
    Column("leg_external_ids", Json, nullable=False),
    Column("object_name", String(300), nullable=False),
    # False for an object of an adopted archive, which is not ours to delete or move.
    Column("object_owned", Boolean, nullable=False, server_default="1"),
    Column("size_bytes", Id, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("content_type", String(100), nullable=False, server_default=""),
    # What the sender says of a file without a header, such as "pcm_alaw/8000/2"; empty: it has one.
    Column("declared_format", String(32), nullable=False, server_default=""),
    # When its sound and speech were destroyed; the row stays, so that nobody hands it in again.
    Column("destroyed_at_ms", EpochMs),
    # Measured by probing, null until then.
    Column("container", String(32), nullable=False, server_default=""),
    Column("codec", String(32), nullable=False, server_default=""),
    Column("channels", Integer),
    Column("rate_hz", Integer),
    Column("duration_ms", Integer),
    # Speakers with a recognised channel: bit 1 operator, 2 client, 4 unknown; null: no transcript.
    Column("audible", Integer),
    Column("received_at_ms", EpochMs, nullable=False),
    UniqueConstraint("account_id", "id"),
    UniqueConstraint("account_id", "source_id", "external_id"),
    owned(["source_id"], "sources"),
    owned(["contact_id"], "contacts"),
)
Index("ix_recordings_contact", recordings.c.account_id, recordings.c.contact_id)
Index("ix_recordings_object", recordings.c.object_name)
Index(
    "ix_recordings_waiting",
    recordings.c.account_id,
    recordings.c.source_id,
    recordings.c.contact_external_id,
)

recording_legs = Table(
    "recording_legs",
    metadata,
    Column("account_id", Id, primary_key=True),
    Column("recording_id", Id, primary_key=True),
    Column("leg_id", Id, primary_key=True),
    owned(["recording_id"], "recordings", on_delete="CASCADE"),
    owned(["leg_id"], "legs", on_delete="CASCADE"),
)
Index("ix_recording_legs_leg", recording_legs.c.account_id, recording_legs.c.leg_id)

renditions = Table(
    "renditions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", Id, nullable=False),
    Column("recording_id", Id, nullable=False),
    # playback, playback-0 … of a recording with more than two channels, denoised-light, -medium,
    # -strong, waveform, waveform-fine
    Column("kind", String(16), nullable=False),
    Column("object_name", String(300), nullable=False),
    Column("size_bytes", Id, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("content_type", String(100), nullable=False),
    # What the maker found worth saying, by channel: {"result": "left-as-is", "reason": …}.
    Column("notes", Json, nullable=False),
    Column("created_at_ms", EpochMs, nullable=False),
    UniqueConstraint("account_id", "id"),
    UniqueConstraint("account_id", "recording_id", "kind"),
    owned(["recording_id"], "recordings", on_delete="CASCADE"),
)
Index("ix_renditions_object", renditions.c.object_name)
