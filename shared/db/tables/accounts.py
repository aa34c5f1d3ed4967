"""Accounts, the people and machines that act in them, and what each may do."""

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

accounts = Table(
    "accounts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(200), nullable=False),
    Column("time_zone", String(64), nullable=False, server_default="Europe/Moscow"),
    Column("language", String(8), nullable=False, server_default="ru"),
    # A person's yes to voted language detection; otherwise `language` is fixed for every call.
    Column("detect_language", Boolean, nullable=False, server_default="0"),
    Column("number_country", String(2), nullable=False, server_default="RU"),
    Column("unknown_speaker", String(16), nullable=False, server_default="undecidable"),
    # Empty: the process's TEMATIKA_SPEECH_MODEL.
    Column("speech_model", String(500), nullable=False, server_default=""),
    Column("own_calls_visible", Boolean, nullable=False, server_default="0"),
    Column("rules_revision", Integer, nullable=False, server_default="0"),
    # Origins of foreign journal pages that browsers may call the API from.
    # They may also show our player in a frame.
    Column("cors_origins", Json, nullable=False, server_default="[]"),
    # «Запись разговоров» (000-48): off, nothing is taken in and nothing can be listened to.
    Column("recording_enabled", Boolean, nullable=False, server_default="1"),
    # «Подавлять шумы при прослушивании» (000-45), its strength, and whether every new recording is
    # denoised at once or only when somebody asks for it.
    Column("denoise_enabled", Boolean, nullable=False, server_default="1"),
    Column("denoise_strength", String(8), nullable=False, server_default="medium"),
    Column("denoise_always", Boolean, nullable=False, server_default="0"),
    # Days that sound and speech are kept; null: for ever.
    Column("retention_days", Integer),
    # The last day, counted from 1970 in UTC, on which what falls due was looked for.
    Column("retention_day", Integer),
    Column("created_at_ms", EpochMs, nullable=False),
)

groups = Table(
    "groups",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("external_id", String(200), nullable=False),
    Column("name", String(200), nullable=False),
    # Operators of this group see their own calls (002-03).
    Column("own_calls_visible", Boolean, nullable=False, server_default="0"),
    # Whether those who see calls through this group may listen to them.
    Column("listening", Boolean, nullable=False, server_default="1"),
    # In place of the account's; null: the account's.
    Column("retention_days", Integer),
    UniqueConstraint("account_id", "id"),
    UniqueConstraint("account_id", "external_id"),
)

employees = Table(
    "employees",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("external_id", String(200), nullable=False),
    Column("name", String(200), nullable=False),
    Column("extension", String(32), nullable=False, server_default=""),
    # False: their calls must not be recorded (000-48).
    Column("recorded", Boolean, nullable=False, server_default="1"),
    UniqueConstraint("account_id", "id"),
    UniqueConstraint("account_id", "external_id"),
)

roles = Table(
    "roles",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("name", String(32), nullable=False),
    Column("permissions", Json, nullable=False),
    # Which contacts the role sees: all, groups (those of the user), own.
    Column("sees", String(8), nullable=False),
    UniqueConstraint("account_id", "name"),
)

users = Table(
    "users",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("login", String(200), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("password_hash", String(200), nullable=False),
    Column("role", String(32), nullable=False),
    Column("employee_id", Id),
    Column("active", Boolean, nullable=False, server_default="1"),
    Column("created_at_ms", EpochMs, nullable=False),
    UniqueConstraint("account_id", "id"),
    owned(["employee_id"], "employees"),
)

user_groups = Table(
    "user_groups",
    metadata,
    Column("account_id", Id, primary_key=True),
    Column("user_id", Id, primary_key=True),
    Column("group_id", Id, primary_key=True),
    owned(["user_id"], "users", on_delete="CASCADE"),
    owned(["group_id"], "groups", on_delete="CASCADE"),
)

sessions = Table(
    "sessions",
    metadata,
    # SHA-256 of the cookie's secret: a stolen database opens no session.
    Column("secret_hash", LargeBinary(32), primary_key=True),
    Column("account_id", Id, nullable=False),
    Column("user_id", Id, nullable=False),
    Column("created_at_ms", EpochMs, nullable=False),
    Column("expires_at_ms", EpochMs, nullable=False),
    owned(["user_id"], "users", on_delete="CASCADE"),
)

login_attempts = Table(
    "login_attempts",
    metadata,
    Column("login_hash", LargeBinary(32), primary_key=True),
    Column("window_start_ms", EpochMs, nullable=False),
    Column("failures", Integer, nullable=False),
)

sources = Table(
    "sources",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("external_id", String(200), nullable=False),
    Column("name", String(200), nullable=False),
    Column("operator_channel", Integer, nullable=False, server_default="0"),
    # Zone of times that arrive without one; empty: the account's.
    Column("time_zone", String(64), nullable=False, server_default=""),
    Column("number_country", String(2), nullable=False, server_default=""),
    Column("created_at_ms", EpochMs, nullable=False),
    UniqueConstraint("account_id", "id"),
    UniqueConstraint("account_id", "external_id"),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("name", String(200), nullable=False),
    Column("secret_hash", LargeBinary(32), nullable=False, unique=True),
    Column("scopes", Json, nullable=False),
    # An intake token may be bound to one source.
    Column("source_id", Id),
    Column("created_by", Id),
    Column("created_at_ms", EpochMs, nullable=False),
    Column("expires_at_ms", EpochMs),
    Column("last_used_at_ms", EpochMs),
    Column("revoked_at_ms", EpochMs),
    UniqueConstraint("account_id", "id"),
    owned(["source_id"], "sources"),
    owned(["created_by"], "users"),
)

Index("ix_sessions_expires_at_ms", sessions.c.expires_at_ms)
