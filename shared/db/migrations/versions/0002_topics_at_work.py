"""Runs, thumbs, judgements by single topics, the feed of changes, and revisions of topics."""

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
AUDIBLE_BITS = {"operator": 1, "client": 2, "unknown": 4}

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "change_counters",
        sa.Column("account_id", ID, autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_change_counters_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_change_counters")),
    )
    op.create_table(
        "runs",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("apply", sa.Boolean(), nullable=False),
        sa.Column("spec", JSON, nullable=False),
        sa.Column("filter", JSON, nullable=False),
        sa.Column("chunks_total", sa.Integer(), server_default="0", nullable=False),
        sa.Column("chunks_done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("subjects_total", sa.Integer(), server_default="0", nullable=False),
        sa.Column("subjects_done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("error_code", sa.String(length=64), server_default="", nullable=False),
        sa.Column("error_message", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("started_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("finished_at_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_runs_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
        sa.UniqueConstraint("account_id", "id", name=op.f("uq_runs_account_id_id")),
    )
    op.create_index("ix_runs_time", "runs", ["account_id", "created_at_ms", "id"], unique=False)
    op.create_table(
        "run_chunks",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("run_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), server_default="waiting", nullable=False),
        sa.Column("subject_ids", sa.LargeBinary(), nullable=False),
        sa.Column("before", sa.LargeBinary(), nullable=True),
        sa.Column("finished_at_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id", "run_id"],
            ["runs.account_id", "runs.id"],
            name=op.f("fk_run_chunks_account_id_run_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_chunks")),
        sa.UniqueConstraint("account_id", "id", name=op.f("uq_run_chunks_account_id_id")),
        sa.UniqueConstraint(
            "account_id", "run_id", "number", name=op.f("uq_run_chunks_account_id_run_id_number")
        ),
    )
    op.create_table(
        "contact_changes",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("contact_id", ID, nullable=False),
        sa.Column("what", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("changed_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "contact_id"],
            ["contacts.account_id", "contacts.id"],
            name=op.f("fk_contact_changes_account_id_contact_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "account_id", "contact_id", "what", name=op.f("pk_contact_changes")
        ),
        sa.UniqueConstraint(
            "account_id", "number", name=op.f("uq_contact_changes_account_id_number")
        ),
    )
    op.create_index(
        "ix_contact_changes_unnumbered",
        "contact_changes",
        ["account_id", "contact_id"],
        unique=False,
        sqlite_where=sa.text("number IS NULL"),
        postgresql_where=sa.text("number IS NULL"),
    )
    op.create_table(
        "run_results",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("chunk_id", ID, nullable=False),
        sa.Column("topic_id", ID, nullable=False),
        sa.Column("added", sa.LargeBinary(), nullable=False),
        sa.Column("removed", sa.LargeBinary(), nullable=False),
        sa.Column("undecidable", sa.LargeBinary(), nullable=False),
        sa.Column("added_count", sa.Integer(), nullable=False),
        sa.Column("removed_count", sa.Integer(), nullable=False),
        sa.Column("undecidable_count", sa.Integer(), nullable=False),
        sa.Column("unchanged_count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "chunk_id"],
            ["run_chunks.account_id", "run_chunks.id"],
            name=op.f("fk_run_results_account_id_chunk_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "topic_id"],
            ["topics.account_id", "topics.id"],
            name=op.f("fk_run_results_account_id_topic_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "chunk_id", "topic_id", name=op.f("pk_run_results")),
    )
    op.create_index("ix_run_results_topic", "run_results", ["account_id", "topic_id"], unique=False)
    op.create_table(
        "topic_judgements",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("topic_id", ID, nullable=False),
        sa.Column("contact_id", ID, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "contact_id"],
            ["contacts.account_id", "contacts.id"],
            name=op.f("fk_topic_judgements_account_id_contact_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "topic_id"],
            ["topics.account_id", "topics.id"],
            name=op.f("fk_topic_judgements_account_id_topic_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "account_id", "topic_id", "contact_id", name=op.f("pk_topic_judgements")
        ),
    )
    op.create_index(
        "ix_topic_judgements_contact",
        "topic_judgements",
        ["account_id", "contact_id"],
        unique=False,
    )
    op.create_table(
        "undecided_topics",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("contact_id", ID, nullable=False),
        sa.Column("topic_ids", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "contact_id"],
            ["contacts.account_id", "contacts.id"],
            name=op.f("fk_undecided_topics_account_id_contact_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "contact_id", name=op.f("pk_undecided_topics")),
    )
    op.create_table(
        "thumbs",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("contact_id", ID, nullable=False),
        sa.Column("topic_id", ID, nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("start_ms", sa.Integer(), server_default="0", nullable=False),
        sa.Column("opinion", sa.String(length=8), nullable=False),
        sa.Column("topic_version_id", ID, nullable=True),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "contact_id"],
            ["contacts.account_id", "contacts.id"],
            name=op.f("fk_thumbs_account_id_contact_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "topic_id"],
            ["topics.account_id", "topics.id"],
            name=op.f("fk_thumbs_account_id_topic_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "topic_version_id"],
            ["topic_versions.account_id", "topic_versions.id"],
            name=op.f("fk_thumbs_account_id_topic_version_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thumbs")),
        sa.UniqueConstraint("account_id", "id", name=op.f("uq_thumbs_account_id_id")),
        sa.UniqueConstraint(
            "account_id",
            "topic_id",
            "contact_id",
            "actor",
            "start_ms",
            name=op.f("uq_thumbs_account_id_topic_id_contact_id_actor_start_ms"),
        ),
    )
    op.create_index("ix_thumbs_contact", "thumbs", ["account_id", "contact_id"], unique=False)
    op.add_column("accounts", sa.Column("cors_origins", JSON, server_default="[]", nullable=False))
    op.add_column(
        "contacts", sa.Column("judgements", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column("recordings", sa.Column("audible", sa.Integer(), nullable=True))
    op.add_column("topic_versions", sa.Column("activated_revision", sa.Integer(), nullable=True))
    op.add_column(
        "topic_versions",
        sa.Column("activated_by", sa.String(length=64), server_default="", nullable=False),
    )
    op.add_column("topic_versions", sa.Column("activated_at_ms", sa.BigInteger(), nullable=True))
    op.add_column(
        "topics", sa.Column("rules_revision", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column("topics", sa.Column("revision", sa.Integer(), server_default="1", nullable=False))
    op.add_column(
        "topics", sa.Column("changed_by", sa.String(length=64), server_default="", nullable=False)
    )
    _note_what_is_audible()
    # Judged before it was noted what cannot be decided: absence of a mark would pass for a no.
    op.execute("UPDATE contacts SET tagged_revision = NULL")
    # What is in force was activated at the latest by the account's present revision.
    present = "(SELECT rules_revision FROM accounts WHERE accounts.id = {}.account_id)"
    op.execute(f"UPDATE topics SET rules_revision = {present.format('topics')}")
    op.execute(
        f"UPDATE topic_versions SET activated_revision = {present.format('topic_versions')}, "
        "activated_at_ms = created_at_ms WHERE state = 'active'"
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_column("topics", "changed_by")
    op.drop_column("topics", "revision")
    op.drop_column("topics", "rules_revision")
    op.drop_column("topic_versions", "activated_at_ms")
    op.drop_column("topic_versions", "activated_by")
    op.drop_column("topic_versions", "activated_revision")
    op.drop_column("recordings", "audible")
    op.drop_column("contacts", "judgements")
    op.drop_column("accounts", "cors_origins")
    op.drop_table("undecided_topics")
    op.drop_index("ix_thumbs_contact", table_name="thumbs")
    op.drop_table("thumbs")
    op.drop_index("ix_topic_judgements_contact", table_name="topic_judgements")
    op.drop_table("topic_judgements")
    op.drop_index("ix_run_results_topic", table_name="run_results")
    op.drop_table("run_results")
    op.drop_index(
        "ix_contact_changes_unnumbered",
        table_name="contact_changes",
        sqlite_where=sa.text("number IS NULL"),
        postgresql_where=sa.text("number IS NULL"),
    )
    op.drop_table("contact_changes")
    op.drop_table("run_chunks")
    op.drop_index("ix_runs_time", table_name="runs")
    op.drop_table("runs")
    op.drop_table("change_counters")


def _note_what_is_audible() -> None:
    connection = op.get_bind()
    rows = connection.execute(
        sa.text("SELECT account_id, recording_id, channel_speakers FROM transcripts")
    ).all()
    for account_id, recording_id, stored in rows:
        speakers = json.loads(stored) if isinstance(stored, str) else stored
        bits = 0
        for speaker in speakers:
            bits |= AUDIBLE_BITS[speaker]
        connection.execute(
            sa.text("UPDATE recordings SET audible = :bits WHERE account_id = :a AND id = :r"),
            {"bits": bits, "a": account_id, "r": recording_id},
        )
