"""Column types, naming rules and the one MetaData of all tables."""

from sqlalchemy import JSON, BigInteger, ForeignKeyConstraint, Integer, MetaData
from sqlalchemy.dialects.postgresql import JSONB

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

metadata = MetaData(naming_convention=NAMING)

# SQLite gives row numbers by itself only to a column of exactly the type INTEGER.
Id = BigInteger().with_variant(Integer, "sqlite")
EpochMs = BigInteger()
Json = JSON().with_variant(JSONB(), "postgresql")


def owned(columns: list[str], table: str, *, on_delete: str | None = None) -> ForeignKeyConstraint:
    """A reference that cannot leave the account: (account_id, *columns) → table (account_id, id)."""
    return ForeignKeyConstraint(
        ["account_id", *columns], [f"{table}.account_id", f"{table}.id"], ondelete=on_delete
    )
