"""The player: what may be recorded and heard and for how long, links, downloads, destruction."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "exports",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("filter", JSON, nullable=False),
        sa.Column("spec", JSON, nullable=False),
        sa.Column("visibility", JSON, nullable=False),
        sa.Column("object_name", sa.String(length=300), server_default="", nullable=False),
        sa.Column("size_bytes", ID, nullable=True),
        sa.Column("sha256", sa.String(length=64), server_default="", nullable=False),
        sa.Column("recordings", sa.Integer(), nullable=True),
        sa.Column("missing", JSON, server_default="{}", nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_exports_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exports")),
        sa.UniqueConstraint("account_id", "id", name=op.f("uq_exports_account_id_id")),
    )
    op.create_index("ix_exports_object", "exports", ["object_name"], unique=False)
    op.create_table(
        "embed_links",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("contact_id", ID, nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("with_transcript", sa.Boolean(), nullable=False),
        sa.Column("with_hits", sa.Boolean(), nullable=False),
        sa.Column("with_download", sa.Boolean(), nullable=False),
        sa.Column("start_ms", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id", "contact_id"],
            ["contacts.account_id", "contacts.id"],
            name=op.f("fk_embed_links_account_id_contact_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_embed_links_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_embed_links")),
        sa.UniqueConstraint("account_id", "id", name=op.f("uq_embed_links_account_id_id")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_embed_links_secret_hash")),
    )
    op.create_index(
        "ix_embed_links_contact", "embed_links", ["account_id", "contact_id"], unique=False
    )
    op.create_table(
        "destructions",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("run_id", ID, nullable=False),
        sa.Column("recording_id", ID, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("facts", JSON, nullable=False),
        sa.Column("object_names", JSON, nullable=False),
        sa.Column("marked_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("destroyed_at_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id", "recording_id"],
            ["recordings.account_id", "recordings.id"],
            name=op.f("fk_destructions_account_id_recording_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "run_id"],
            ["runs.account_id", "runs.id"],
            name=op.f("fk_destructions_account_id_run_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_destructions_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_destructions")),
        sa.UniqueConstraint("account_id", "id", name=op.f("uq_destructions_account_id_id")),
        sa.UniqueConstraint(
            "account_id",
            "run_id",
            "recording_id",
            name=op.f("uq_destructions_account_id_run_id_recording_id"),
        ),
    )
    op.create_index("ix_destructions_state", "destructions", ["account_id", "state"], unique=False)
    op.create_table(
        "export_recordings",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("export_id", ID, nullable=False),
        sa.Column("recording_id", ID, nullable=False),
        sa.Column("variants", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "export_id"],
            ["exports.account_id", "exports.id"],
            name=op.f("fk_export_recordings_account_id_export_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "recording_id"],
            ["recordings.account_id", "recordings.id"],
            name=op.f("fk_export_recordings_account_id_recording_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "account_id", "export_id", "recording_id", name=op.f("pk_export_recordings")
        ),
    )
    op.create_index(
        "ix_export_recordings_recording",
        "export_recordings",
        ["account_id", "recording_id"],
        unique=False,
    )
    op.add_column(
        "accounts", sa.Column("recording_enabled", sa.Boolean(), server_default="1", nullable=False)
    )
    op.add_column(
        "accounts", sa.Column("denoise_enabled", sa.Boolean(), server_default="1", nullable=False)
    )
    op.add_column(
        "accounts",
        sa.Column("denoise_strength", sa.String(length=8), server_default="medium", nullable=False),
    )
    op.add_column(
        "accounts", sa.Column("denoise_always", sa.Boolean(), server_default="0", nullable=False)
    )
    op.add_column("accounts", sa.Column("retention_days", sa.Integer(), nullable=True))
    op.add_column("accounts", sa.Column("retention_day", sa.Integer(), nullable=True))
    op.add_column(
        "audit_log", sa.Column("served_ms", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.add_column(
        "contacts", sa.Column("favourite", sa.Boolean(), server_default="0", nullable=False)
    )
    op.add_column(
        "contacts", sa.Column("legal_hold", sa.Boolean(), server_default="0", nullable=False)
    )
    op.add_column(
        "employees", sa.Column("recorded", sa.Boolean(), server_default="1", nullable=False)
    )
    op.add_column(
        "groups", sa.Column("listening", sa.Boolean(), server_default="1", nullable=False)
    )
    op.add_column("groups", sa.Column("retention_days", sa.Integer(), nullable=True))
    op.add_column("lexicon", sa.Column("leaving", ID, nullable=True))
    op.add_column(
        "recordings",
        sa.Column("declared_format", sa.String(length=32), server_default="", nullable=False),
    )
    op.add_column("recordings", sa.Column("destroyed_at_ms", sa.BigInteger(), nullable=True))
    _remake_sound()


def downgrade() -> None:
    """Take it back."""
    _remake_sound()
    op.drop_column("recordings", "destroyed_at_ms")
    op.drop_column("recordings", "declared_format")
    op.drop_column("lexicon", "leaving")
    op.drop_column("groups", "retention_days")
    op.drop_column("groups", "listening")
    op.drop_column("employees", "recorded")
    op.drop_column("contacts", "legal_hold")
    op.drop_column("contacts", "favourite")
    op.drop_column("audit_log", "served_ms")
    op.drop_column("accounts", "retention_day")
    op.drop_column("accounts", "retention_days")
    op.drop_column("accounts", "denoise_always")
    op.drop_column("accounts", "denoise_strength")
    op.drop_column("accounts", "denoise_enabled")
    op.drop_column("accounts", "recording_enabled")
    op.drop_index("ix_export_recordings_recording", table_name="export_recordings")
    op.drop_table("export_recordings")
    op.drop_index("ix_destructions_state", table_name="destructions")
    op.drop_table("destructions")
    op.drop_index("ix_embed_links_contact", table_name="embed_links")
    op.drop_table("embed_links")
    op.drop_index("ix_exports_object", table_name="exports")
    op.drop_table("exports")


def _remake_sound() -> None:
    """Sound made before has another form of frames: drop it, so that it is made anew."""
    op.execute("DELETE FROM renditions WHERE kind NOT LIKE 'waveform%'")
    op.execute("DELETE FROM jobs WHERE kind LIKE 'denoise%'")
    op.execute(
        "UPDATE jobs SET state = 'pending', priority = 3, tries = 0, published_at_ms = NULL, "
        "progress = 0 WHERE kind = 'playback' AND state = 'done'"
    )
