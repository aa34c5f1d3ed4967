"""Transcripts, their packed form, and the lexicon that numbers every word form of an account."""

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
)

from shared.db.base import EpochMs, Id, Json, metadata, owned

transcripts = Table(
    "transcripts",
    metadata,
    Column("recording_id", Id, primary_key=True, autoincrement=False),
    Column("account_id", Id, nullable=False),
    Column("language", String(8), nullable=False),
    Column("model", String(200), nullable=False),
    Column("model_version", String(100), nullable=False),
    Column("demo", Boolean, nullable=False),
    # Speaker of each channel when it was made or last relabelled.
    Column("channel_speakers", Json, nullable=False),
    Column("word_count", Integer, nullable=False),
    Column("speech_ms", Integer, nullable=False),
    Column("mean_probability", Float, nullable=False),
    Column("measures", Json, nullable=False),
    # The displayed transcript: docs/transcript-format.md as zlib-compressed JSON. The source of the rest.
    Column("document", LargeBinary, nullable=False),
    Column("created_at_ms", EpochMs, nullable=False),
    UniqueConstraint("account_id", "recording_id"),
    owned(["recording_id"], "recordings", on_delete="CASCADE"),
)

packed_transcripts = Table(
    "packed_transcripts",
    metadata,
    Column("recording_id", Id, primary_key=True, autoincrement=False),
    Column("account_id", Id, nullable=False),
    Column("format", Integer, nullable=False),
    Column("normaliser", Integer, nullable=False),
    # Greatest word number in `token_ids`: a reader knows from it whether its lexicon copy is long enough.
    Column("max_word_no", Integer, nullable=False),
    # Arrays of one entry per token, in the order of the utterances; layout in shared/text/packed.py.
    Column("token_ids", LargeBinary, nullable=False),
    Column("word_index", LargeBinary, nullable=False),
    Column("speakers", LargeBinary, nullable=False),
    Column("start_ms", LargeBinary, nullable=False),
    Column("end_ms", LargeBinary, nullable=False),
    UniqueConstraint("account_id", "recording_id"),
    owned(["recording_id"], "recordings", on_delete="CASCADE"),
)

lexicon = Table(
    "lexicon",
    metadata,
    Column("account_id", Id, ForeignKey("accounts.id"), primary_key=True),
    Column("word_no", Integer, primary_key=True, autoincrement=False),
    Column("form", String(100), nullable=False),
    # Which clearing out of unused words means to remove it; null: none, or somebody used it since.
    Column("leaving", Id),
    UniqueConstraint("account_id", "form"),
)

lexicon_counters = Table(
    "lexicon_counters",
    metadata,
    Column("account_id", Id, ForeignKey("accounts.id"), primary_key=True, autoincrement=False),
    # How many forms are numbered: the next form gets this number.
    Column("size", Integer, nullable=False),
)

expansions = Table(
    "expansions",
    metadata,
    Column("account_id", Id, ForeignKey("accounts.id"), primary_key=True),
    # SHA-256 of the normalised term, its options and the analyser's version.
    Column("key", LargeBinary(32), primary_key=True),
    # How much of the lexicon was compared: numbers below this one.
    Column("up_to", Integer, nullable=False),
    # Little-endian uint32 word numbers and, beside each, its score 0..100 as uint8.
    Column("word_nos", LargeBinary, nullable=False),
    Column("scores", LargeBinary, nullable=False),
)
