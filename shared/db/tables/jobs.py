"""The job table, which is the truth about every stage of every subject, and the audit log."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from shared.db.base import EpochMs, Id, Json, metadata

jobs = Table(
    "jobs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("kind", String(32), nullable=False),
    # Id of the recording or contact the stage works on.
    Column("subject_id", BigInteger, nullable=False),
    # asked (0), new (1), by hand (2), runs (3)
    Column("priority", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    # Rises with every claim; results of an older attempt are thrown away.
    Column("attempt", Integer, nullable=False, server_default="0"),
    # Attempts that ended without an answer since the job was last asked for.
    Column("tries", Integer, nullable=False, server_default="0"),
    # The subject changed while the job ran: run once more when it ends.
    Column("run_again", Boolean, nullable=False, server_default="0"),
    # The database's clock.
    Column("lease_until_ms", EpochMs),
    # Earliest next publication, for delayed retries.
    Column("due_at_ms", EpochMs, nullable=False),
    # When a message was last sent; null: never.
    Column("published_at_ms", EpochMs),
    Column("worker", String(200), nullable=False, server_default=""),
    Column("progress", Float, nullable=False, server_default="0"),
    Column("error_code", String(64), nullable=False, server_default=""),
    Column("error_message", Text, nullable=False, server_default=""),
    Column("created_at_ms", EpochMs, nullable=False),
    Column("started_at_ms", EpochMs),
    Column("finished_at_ms", EpochMs),
    # Seconds of sound or other size of the work, for estimates; null: unknown.
    Column("work_ms", BigInteger),
    UniqueConstraint("account_id", "id"),
    UniqueConstraint("account_id", "kind", "subject_id"),
)
Index("ix_jobs_waiting", jobs.c.state, jobs.c.kind, jobs.c.priority, jobs.c.id)
Index("ix_jobs_subject", jobs.c.account_id, jobs.c.subject_id)

audit_log = Table(
    "audit_log",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    # user:<id>, token:<id> or link:<id>
    Column("actor", String(64), nullable=False),
    # listen, download, export, read-transcript …
    Column("action", String(32), nullable=False),
    Column("recording_id", Id),
    Column("contact_id", Id),
    Column("variant", String(16), nullable=False, server_default=""),
    # Start of the 10-minute window the row stands for.
    Column("window_start_ms", EpochMs, nullable=False),
    # How much sound left for the listener in the window; a part heard twice counts twice.
    Column("served_ms", BigInteger, nullable=False, server_default="0"),
    Column("details", Json, nullable=False),
    Column("created_at_ms", EpochMs, nullable=False),
    UniqueConstraint(
        "account_id",
        "actor",
        "action",
        "recording_id",
        "variant",
        "window_start_ms",
        name="uq_audit_log_window",
    ),
)
