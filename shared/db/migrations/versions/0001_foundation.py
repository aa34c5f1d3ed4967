"""The foundation: accounts, contacts, recordings, speech, topics, jobs, audit log."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
# Arrays of numbers do not compress: TOAST must not try (19 µs against 25 µs per row read).
EXTERNAL = ("token_ids", "word_index", "speakers", "start_ms", "end_ms")

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "accounts",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column(
            "time_zone", sa.String(length=64), server_default="Europe/Moscow", nullable=False
        ),
        sa.Column("language", sa.String(length=8), server_default="ru", nullable=False),
        sa.Column("detect_language", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("number_country", sa.String(length=2), server_default="RU", nullable=False),
        sa.Column(
            "unknown_speaker", sa.String(length=16), server_default="undecidable", nullable=False
        ),
        sa.Column("speech_model", sa.String(length=500), server_default="", nullable=False),
        sa.Column("own_calls_visible", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("rules_revision", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
    )
    op.create_table(
        "login_attempts",
        sa.Column("login_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("window_start_ms", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("login_hash", name=op.f("pk_login_attempts")),
    )
    op.create_table(
        "audit_log",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("recording_id", ID, nullable=True),
        sa.Column("contact_id", ID, nullable=True),
        sa.Column("variant", sa.String(length=16), server_default="", nullable=False),
        sa.Column("window_start_ms", sa.BigInteger(), nullable=False),
        sa.Column("details", JSON, nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_audit_log_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_log")),
        sa.UniqueConstraint(
            "account_id",
            "actor",
            "action",
            "recording_id",
            "variant",
            "window_start_ms",
            name="uq_audit_log_window",
        ),
    )
    op.create_table(
        "employees",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("extension", sa.String(length=32), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_employees_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_employees")),
        sa.UniqueConstraint(
            "account_id", "external_id", name=op.f("uq_employees_account_id_external_id")
        ),
        sa.UniqueConstraint("account_id", "id", name=op.f("uq_employees_account_id_id")),
    )
    op.create_table(
        "expansions",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("up_to", sa.Integer(), nullable=False),
        sa.Column("word_nos", sa.LargeBinary(), nullable=False),
        sa.Column("scores", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_expansions_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "key", name=op.f("pk_expansions")),
    )
    op.create_table(
        "groups",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("own_calls_visible", sa.Boolean(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_groups_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_groups")),
        sa.UniqueConstraint(
            "account_id", "external_id", name=op.f("uq_groups_account_id_external_id")
        ),
        sa.UniqueConstraint("account_id", "id", name=op.f("uq_groups_account_id_id")),
    )
    op.create_table(
        "jobs",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("run_again", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("lease_until_ms", sa.BigInteger(), nullable=True),
        sa.Column("due_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("published_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("worker", sa.String(length=200), server_default="", nullable=False),
        sa.Column("progress", sa.Float(), server_default="0", nullable=False),
        sa.Column("error_code", sa.String(length=64), server_default="", nullable=False),
        sa.Column("error_message", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("started_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("finished_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("work_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_jobs_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sa.UniqueConstraint("account_id", "id", name=op.f("uq_jobs_account_id_id")),
        sa.UniqueConstraint(
            "account_id", "kind", "subject_id", name=op.f("uq_jobs_account_id_kind_subject_id")
        ),
    )
    op.create_index("ix_jobs_subject", "jobs", ["account_id", "subject_id"], unique=False)
    op.create_index("ix_jobs_waiting", "jobs", ["state", "kind", "priority", "id"], unique=False)
    op.create_table(
        "lexicon",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("word_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("form", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_lexicon_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "word_no", name=op.f("pk_lexicon")),
        sa.UniqueConstraint("account_id", "form", name=op.f("uq_lexicon_account_id_form")),
    )
    op.create_table(
        "lexicon_counters",
        sa.Column("account_id", ID, autoincrement=False, nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_lexicon_counters_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_lexicon_counters")),
    )
    op.create_table(
        "roles",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("permissions", JSON, nullable=False),
        sa.Column("sees", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_roles_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roles")),
        sa.UniqueConstraint("account_id", "name", name=op.f("uq_roles_account_id_name")),
    )
    op.create_table(
        "sources",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("operator_channel", sa.Integer(), server_default="0", nullable=False),
        sa.Column("time_zone", sa.String(length=64), server_default="", nullable=False),
        sa.Column("number_country", sa.String(length=2), server_default="", nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_sources_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sources")),
        sa.UniqueConstraint(
            "account_id", "external_id", name=op.f("uq_sources_account_id_external_id")
        ),
        sa.UniqueConstraint("account_id", "id", name=op.f("uq_sources_account_id_id")),
    )
    op.create_table(
        "topic_groups",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_topic_groups_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topic_groups")),
        sa.UniqueConstraint("account_id", "id", name=op.f("uq_topic_groups_account_id_id")),
        sa.UniqueConstraint("account_id", "name", name=op.f("uq_topic_groups_account_id_name")),
    )
    op.create_table(
        "contacts",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("source_id", ID, nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=16), server_default="call", nullable=False),
        sa.Column("direction", sa.String(length=16), server_default="", nullable=False),
        sa.Column("started_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("ended_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("client_number_raw", sa.String(length=64), server_default="", nullable=False),
        sa.Column("client_number", sa.String(length=32), server_default="", nullable=False),
        sa.Column(
            "client_number_kind", sa.String(length=16), server_default="unknown", nullable=False
        ),
        sa.Column("company_number_raw", sa.String(length=64), server_default="", nullable=False),
        sa.Column("company_number", sa.String(length=32), server_default="", nullable=False),
        sa.Column("result", sa.String(length=32), server_default="", nullable=False),
        sa.Column("ring_ms", sa.Integer(), nullable=True),
        sa.Column("wait_ms", sa.Integer(), nullable=True),
        sa.Column("talk_ms", sa.Integer(), nullable=True),
        sa.Column("hold_ms", sa.Integer(), nullable=True),
        sa.Column("total_ms", sa.Integer(), nullable=True),
        sa.Column("employee_id", ID, nullable=True),
        sa.Column("group_id", ID, nullable=True),
        sa.Column("raw", JSON, nullable=False),
        sa.Column("audible", sa.Integer(), server_default="0", nullable=False),
        sa.Column("speech_ms", sa.Integer(), server_default="0", nullable=False),
        sa.Column("legs_unheard", sa.Integer(), server_default="0", nullable=False),
        sa.Column("tagged_revision", sa.Integer(), nullable=True),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("changed_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "employee_id"],
            ["employees.account_id", "employees.id"],
            name=op.f("fk_contacts_account_id_employee_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "group_id"],
            ["groups.account_id", "groups.id"],
            name=op.f("fk_contacts_account_id_group_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "source_id"],
            ["sources.account_id", "sources.id"],
            name=op.f("fk_contacts_account_id_source_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_contacts_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
        sa.UniqueConstraint("account_id", "id", name=op.f("uq_contacts_account_id_id")),
        sa.UniqueConstraint(
            "account_id",
            "source_id",
            "external_id",
            name=op.f("uq_contacts_account_id_source_id_external_id"),
        ),
    )
    op.create_index(
        "ix_contacts_employee_time",
        "contacts",
        ["account_id", "employee_id", "started_at_ms", "id"],
        unique=False,
    )
    op.create_index(
        "ix_contacts_group_time",
        "contacts",
        ["account_id", "group_id", "started_at_ms", "id"],
        unique=False,
    )
    op.create_index(
        "ix_contacts_time", "contacts", ["account_id", "started_at_ms", "id"], unique=False
    )
    op.create_table(
        "users",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("login", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("employee_id", ID, nullable=True),
        sa.Column("active", sa.Boolean(), server_default="1", nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "employee_id"],
            ["employees.account_id", "employees.id"],
            name=op.f("fk_users_account_id_employee_id"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_users_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("account_id", "id", name=op.f("uq_users_account_id_id")),
        sa.UniqueConstraint("login", name=op.f("uq_users_login")),
    )
    op.create_table(
        "legs",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("contact_id", ID, nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("started_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("ended_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("employee_id", ID, nullable=True),
        sa.Column("group_id", ID, nullable=True),
        sa.Column("result", sa.String(length=32), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "contact_id"],
            ["contacts.account_id", "contacts.id"],
            name=op.f("fk_legs_account_id_contact_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "employee_id"],
            ["employees.account_id", "employees.id"],
            name=op.f("fk_legs_account_id_employee_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "group_id"],
            ["groups.account_id", "groups.id"],
            name=op.f("fk_legs_account_id_group_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legs")),
        sa.UniqueConstraint(
            "account_id",
            "contact_id",
            "external_id",
            name=op.f("uq_legs_account_id_contact_id_external_id"),
        ),
        sa.UniqueConstraint("account_id", "id", name=op.f("uq_legs_account_id_id")),
    )
    op.create_index("ix_legs_employee", "legs", ["account_id", "employee_id"], unique=False)
    op.create_index("ix_legs_group", "legs", ["account_id", "group_id"], unique=False)
    op.create_table(
        "recordings",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("source_id", ID, nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("contact_external_id", sa.String(length=200), server_default="", nullable=False),
        sa.Column("contact_id", ID, nullable=True),
        sa.Column("offset_ms", sa.Integer(), server_default="0", nullable=False),
        sa.Column("one_sided", sa.String(length=16), server_default="", nullable=False),
        sa.Column("leg_external_ids", JSON, nullable=False),
        sa.Column("object_name", sa.String(length=300), nullable=False),
        sa.Column("object_owned", sa.Boolean(), server_default="1", nullable=False),
        sa.Column("size_bytes", ID, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content_type", sa.String(length=100), server_default="", nullable=False),
        sa.Column("container", sa.String(length=32), server_default="", nullable=False),
        sa.Column("codec", sa.String(length=32), server_default="", nullable=False),
        sa.Column("channels", sa.Integer(), nullable=True),
        sa.Column("rate_hz", sa.Integer(), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=True),
        sa.Column("received_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "contact_id"],
            ["contacts.account_id", "contacts.id"],
            name=op.f("fk_recordings_account_id_contact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "source_id"],
            ["sources.account_id", "sources.id"],
            name=op.f("fk_recordings_account_id_source_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_recordings_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recordings")),
        sa.UniqueConstraint("account_id", "id", name=op.f("uq_recordings_account_id_id")),
        sa.UniqueConstraint(
            "account_id",
            "source_id",
            "external_id",
            name=op.f("uq_recordings_account_id_source_id_external_id"),
        ),
    )
    op.create_index(
        "ix_recordings_contact", "recordings", ["account_id", "contact_id"], unique=False
    )
    op.create_index("ix_recordings_object", "recordings", ["object_name"], unique=False)
    op.create_index(
        "ix_recordings_waiting",
        "recordings",
        ["account_id", "source_id", "contact_external_id"],
        unique=False,
    )
    op.create_table(
        "sessions",
        sa.Column("secret_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "user_id"],
            ["users.account_id", "users.id"],
            name=op.f("fk_sessions_account_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("secret_hash", name=op.f("pk_sessions")),
    )
    op.create_index("ix_sessions_expires_at_ms", "sessions", ["expires_at_ms"], unique=False)
    op.create_table(
        "tokens",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("scopes", JSON, nullable=False),
        sa.Column("source_id", ID, nullable=True),
        sa.Column("created_by", ID, nullable=True),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("last_used_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id", "created_by"],
            ["users.account_id", "users.id"],
            name=op.f("fk_tokens_account_id_created_by"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "source_id"],
            ["sources.account_id", "sources.id"],
            name=op.f("fk_tokens_account_id_source_id"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_tokens_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
        sa.UniqueConstraint("account_id", "id", name=op.f("uq_tokens_account_id_id")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_tokens_secret_hash")),
    )
    op.create_table(
        "topics",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("colour", sa.String(length=9), server_default="#607d8b", nullable=False),
        sa.Column("group_id", ID, nullable=True),
        sa.Column("active", sa.Boolean(), server_default="1", nullable=False),
        sa.Column("preset", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("active_version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_by", ID, nullable=True),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("changed_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("archived_at_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id", "created_by"],
            ["users.account_id", "users.id"],
            name=op.f("fk_topics_account_id_created_by"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "group_id"],
            ["topic_groups.account_id", "topic_groups.id"],
            name=op.f("fk_topics_account_id_group_id"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_topics_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topics")),
        sa.UniqueConstraint("account_id", "id", name=op.f("uq_topics_account_id_id")),
        sa.UniqueConstraint("account_id", "key", name=op.f("uq_topics_account_id_key")),
    )
    op.create_table(
        "user_groups",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "group_id"],
            ["groups.account_id", "groups.id"],
            name=op.f("fk_user_groups_account_id_group_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "user_id"],
            ["users.account_id", "users.id"],
            name=op.f("fk_user_groups_account_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "user_id", "group_id", name=op.f("pk_user_groups")),
    )
    op.create_table(
        "packed_transcripts",
        sa.Column("recording_id", ID, autoincrement=False, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("format", sa.Integer(), nullable=False),
        sa.Column("normaliser", sa.Integer(), nullable=False),
        sa.Column("max_word_no", sa.Integer(), nullable=False),
        sa.Column("token_ids", sa.LargeBinary(), nullable=False),
        sa.Column("word_index", sa.LargeBinary(), nullable=False),
        sa.Column("speakers", sa.LargeBinary(), nullable=False),
        sa.Column("start_ms", sa.LargeBinary(), nullable=False),
        sa.Column("end_ms", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "recording_id"],
            ["recordings.account_id", "recordings.id"],
            name=op.f("fk_packed_transcripts_account_id_recording_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("recording_id", name=op.f("pk_packed_transcripts")),
        sa.UniqueConstraint(
            "account_id", "recording_id", name=op.f("uq_packed_transcripts_account_id_recording_id")
        ),
    )
    op.create_table(
        "recording_legs",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("recording_id", ID, nullable=False),
        sa.Column("leg_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "leg_id"],
            ["legs.account_id", "legs.id"],
            name=op.f("fk_recording_legs_account_id_leg_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "recording_id"],
            ["recordings.account_id", "recordings.id"],
            name=op.f("fk_recording_legs_account_id_recording_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "account_id", "recording_id", "leg_id", name=op.f("pk_recording_legs")
        ),
    )
    op.create_index(
        "ix_recording_legs_leg", "recording_legs", ["account_id", "leg_id"], unique=False
    )
    op.create_table(
        "renditions",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("recording_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("object_name", sa.String(length=300), nullable=False),
        sa.Column("size_bytes", ID, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content_type", sa.String(length=100), nullable=False),
        sa.Column("notes", JSON, nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "recording_id"],
            ["recordings.account_id", "recordings.id"],
            name=op.f("fk_renditions_account_id_recording_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_renditions")),
        sa.UniqueConstraint("account_id", "id", name=op.f("uq_renditions_account_id_id")),
        sa.UniqueConstraint(
            "account_id",
            "recording_id",
            "kind",
            name=op.f("uq_renditions_account_id_recording_id_kind"),
        ),
    )
    op.create_index("ix_renditions_object", "renditions", ["object_name"], unique=False)
    op.create_table(
        "topic_versions",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("topic_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("rule", JSON, nullable=False),
        sa.Column("should_match", JSON, nullable=False),
        sa.Column("should_not_match", JSON, nullable=False),
        sa.Column("created_by", ID, nullable=True),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "created_by"],
            ["users.account_id", "users.id"],
            name=op.f("fk_topic_versions_account_id_created_by"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "topic_id"],
            ["topics.account_id", "topics.id"],
            name=op.f("fk_topic_versions_account_id_topic_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topic_versions")),
        sa.UniqueConstraint("account_id", "id", name=op.f("uq_topic_versions_account_id_id")),
        sa.UniqueConstraint(
            "account_id",
            "topic_id",
            "number",
            name=op.f("uq_topic_versions_account_id_topic_id_number"),
        ),
    )
    op.create_table(
        "transcripts",
        sa.Column("recording_id", ID, autoincrement=False, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("model_version", sa.String(length=100), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("channel_speakers", JSON, nullable=False),
        sa.Column("word_count", sa.Integer(), nullable=False),
        sa.Column("speech_ms", sa.Integer(), nullable=False),
        sa.Column("mean_probability", sa.Float(), nullable=False),
        sa.Column("measures", JSON, nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "recording_id"],
            ["recordings.account_id", "recordings.id"],
            name=op.f("fk_transcripts_account_id_recording_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("recording_id", name=op.f("pk_transcripts")),
        sa.UniqueConstraint(
            "account_id", "recording_id", name=op.f("uq_transcripts_account_id_recording_id")
        ),
    )
    op.create_table(
        "marks",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("contact_id", ID, nullable=False),
        sa.Column("topic_id", ID, nullable=False),
        sa.Column("origin", sa.String(length=16), nullable=False),
        sa.Column("verdict", sa.Boolean(), nullable=False),
        sa.Column("topic_version_id", ID, nullable=True),
        sa.Column("author_id", ID, nullable=True),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "author_id"],
            ["users.account_id", "users.id"],
            name=op.f("fk_marks_account_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "contact_id"],
            ["contacts.account_id", "contacts.id"],
            name=op.f("fk_marks_account_id_contact_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "topic_id"],
            ["topics.account_id", "topics.id"],
            name=op.f("fk_marks_account_id_topic_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "topic_version_id"],
            ["topic_versions.account_id", "topic_versions.id"],
            name=op.f("fk_marks_account_id_topic_version_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marks")),
        sa.UniqueConstraint(
            "account_id",
            "contact_id",
            "topic_id",
            "origin",
            name=op.f("uq_marks_account_id_contact_id_topic_id_origin"),
        ),
        sa.UniqueConstraint("account_id", "id", name=op.f("uq_marks_account_id_id")),
    )
    op.create_index(
        "ix_marks_topic", "marks", ["account_id", "topic_id", "contact_id"], unique=False
    )
    op.create_table(
        "hits",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("mark_id", ID, nullable=False),
        sa.Column("recording_id", ID, nullable=False),
        sa.Column("leg_id", ID, nullable=True),
        sa.Column("employee_id", ID, nullable=True),
        sa.Column("speaker", sa.String(length=16), nullable=False),
        sa.Column("start_ms", sa.Integer(), nullable=False),
        sa.Column("end_ms", sa.Integer(), nullable=False),
        sa.Column("first_word", sa.Integer(), nullable=False),
        sa.Column("last_word", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("phrase", sa.String(length=500), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "employee_id"],
            ["employees.account_id", "employees.id"],
            name=op.f("fk_hits_account_id_employee_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "leg_id"],
            ["legs.account_id", "legs.id"],
            name=op.f("fk_hits_account_id_leg_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "mark_id"],
            ["marks.account_id", "marks.id"],
            name=op.f("fk_hits_account_id_mark_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "recording_id"],
            ["recordings.account_id", "recordings.id"],
            name=op.f("fk_hits_account_id_recording_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hits")),
        sa.UniqueConstraint("account_id", "id", name=op.f("uq_hits_account_id_id")),
    )
    op.create_index("ix_hits_mark", "hits", ["account_id", "mark_id"], unique=False)
    op.create_index("ix_hits_recording", "hits", ["account_id", "recording_id"], unique=False)
    if op.get_context().dialect.name == "postgresql":
        for column in EXTERNAL:
            op.execute(f"ALTER TABLE packed_transcripts ALTER COLUMN {column} SET STORAGE EXTERNAL")


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_hits_recording", table_name="hits")
    op.drop_index("ix_hits_mark", table_name="hits")
    op.drop_table("hits")
    op.drop_index("ix_marks_topic", table_name="marks")
    op.drop_table("marks")
    op.drop_table("transcripts")
    op.drop_table("topic_versions")
    op.drop_index("ix_renditions_object", table_name="renditions")
    op.drop_table("renditions")
    op.drop_index("ix_recording_legs_leg", table_name="recording_legs")
    op.drop_table("recording_legs")
    op.drop_table("packed_transcripts")
    op.drop_table("user_groups")
    op.drop_table("topics")
    op.drop_table("tokens")
    op.drop_index("ix_sessions_expires_at_ms", table_name="sessions")
    op.drop_table("sessions")
    op.drop_index("ix_recordings_waiting", table_name="recordings")
    op.drop_index("ix_recordings_object", table_name="recordings")
    op.drop_index("ix_recordings_contact", table_name="recordings")
    op.drop_table("recordings")
    op.drop_index("ix_legs_group", table_name="legs")
    op.drop_index("ix_legs_employee", table_name="legs")
    op.drop_table("legs")
    op.drop_table("users")
    op.drop_index("ix_contacts_time", table_name="contacts")
    op.drop_index("ix_contacts_group_time", table_name="contacts")
    op.drop_index("ix_contacts_employee_time", table_name="contacts")
    op.drop_table("contacts")
    op.drop_table("topic_groups")
    op.drop_table("sources")
    op.drop_table("roles")
    op.drop_table("lexicon_counters")
    op.drop_table("lexicon")
    op.drop_index("ix_jobs_waiting", table_name="jobs")
    op.drop_index("ix_jobs_subject", table_name="jobs")
    op.drop_table("jobs")
    op.drop_table("groups")
    op.drop_table("expansions")
    op.drop_table("employees")
    op.drop_table("audit_log")
    op.drop_table("login_attempts")
    op.drop_table("accounts")
