"""The feed of changed contacts: a row per contact and kind of change, numbered after it was committed."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, UniqueConstraint

from shared.db.base import EpochMs, Id, metadata, owned

contact_changes = Table(
    "contact_changes",
    metadata,
    Column("account_id", Id, primary_key=True),
    Column("contact_id", Id, primary_key=True),
    # 1 topics, 2 transcript, 4 recording. A row of its own for each: one row that gathers what
    # changed would tell every reader of what most of them have read long ago.
    Column("what", Integer, primary_key=True, autoincrement=False),
    # Place in the feed; null until it is numbered. A new change takes the number away again.
    Column("number", BigInteger),
    Column("changed_at_ms", EpochMs, nullable=False),
    UniqueConstraint("account_id", "number"),
    owned(["contact_id"], "contacts", on_delete="CASCADE"),
)
Index(
    "ix_contact_changes_unnumbered",
    contact_changes.c.account_id,
    contact_changes.c.contact_id,
    sqlite_where=contact_changes.c.number.is_(None),
    postgresql_where=contact_changes.c.number.is_(None),
)

change_counters = Table(
    "change_counters",
    metadata,
    Column("account_id", Id, ForeignKey("accounts.id"), primary_key=True, autoincrement=False),
    # The last number given out.
    Column("number", BigInteger, nullable=False),
)
