"""Runs: bulk passes over stored data, cut into chunks that any number of workers share."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from shared.db.base import EpochMs, Id, Json, metadata, owned

runs = Table(
    "runs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    # retag, retranscribe, destroy
    Column("kind", String(32), nullable=False),
    # planning, running, paused, closing, done, failed, cancelled, undoing, undone
    Column("state", String(16), nullable=False),
    # False: a dry run, which stores what would change and changes nothing.
    Column("apply", Boolean, nullable=False),
    # What is done: pinned topic versions, or the model.
    Column("spec", Json, nullable=False),
    # Which contacts: a stored filter.
    Column("filter", Json, nullable=False),
    Column("chunks_total", Integer, nullable=False, server_default="0"),
    Column("chunks_done", Integer, nullable=False, server_default="0"),
    Column("subjects_total", Integer, nullable=False, server_default="0"),
    Column("subjects_done", Integer, nullable=False, server_default="0"),
    # user:<id>, token:<id>, cli or retention
    Column("actor", String(64), nullable=False),
    Column("error_code", String(64), nullable=False, server_default=""),
    Column("error_message", Text, nullable=False, server_default=""),
    Column("created_at_ms", EpochMs, nullable=False),
    Column("started_at_ms", EpochMs),
    Column("finished_at_ms", EpochMs),
    UniqueConstraint("account_id", "id"),
)
Index("ix_runs_time", runs.c.account_id, runs.c.created_at_ms, runs.c.id)

run_chunks = Table(
    "run_chunks",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", Id, nullable=False),
    Column("run_id", Id, nullable=False),
    Column("number", Integer, nullable=False),
    # waiting, done or undone
    Column("state", String(16), nullable=False, server_default="waiting"),
    # Rising ids, packed by shared/runs/ids.py.
    Column("subject_ids", LargeBinary, nullable=False),
    # What undoing needs: the state before, as the kind of run keeps it; null: nothing was changed.
    Column("before", LargeBinary),
    Column("finished_at_ms", EpochMs),
    UniqueConstraint("account_id", "id"),
    UniqueConstraint("account_id", "run_id", "number"),
    owned(["run_id"], "runs", on_delete="CASCADE"),
)

run_results = Table(
    "run_results",
    metadata,
    Column("account_id", Id, primary_key=True),
    Column("chunk_id", Id, primary_key=True),
    Column("topic_id", Id, primary_key=True),
    # Rising contact ids, packed by shared/runs/ids.py, and how many they are.
    Column("added", LargeBinary, nullable=False),
    Column("removed", LargeBinary, nullable=False),
    Column("undecidable", LargeBinary, nullable=False),
    Column("added_count", Integer, nullable=False),
    Column("removed_count", Integer, nullable=False),
    Column("undecidable_count", Integer, nullable=False),
    # Marks that stay, maybe with other hits.
    Column("unchanged_count", Integer, nullable=False),
    owned(["chunk_id"], "run_chunks", on_delete="CASCADE"),
    owned(["topic_id"], "topics", on_delete="CASCADE"),
)
Index("ix_run_results_topic", run_results.c.account_id, run_results.c.topic_id)
