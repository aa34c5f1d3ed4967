"""Connections: short read and write transactions on SQLite or PostgreSQL, with the database's own clock."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Engine,
    Table,
    create_engine,
    event,
    make_url,
    select,
)
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.pool import NullPool
from sqlalchemy.sql.functions import FunctionElement

from shared.db.driver_rows import BINARY
from shared.errors import DatabaseUnavailable

BUSY_TIMEOUT_MS = 10_000

VACUUM_BYTES = 256 * 1024 * 1024
"""An SQLite file that is written anew in a few seconds, which everybody who writes waits for."""


class now_ms(FunctionElement[int]):  # noqa: N801 - used in statements like the SQL function it is
    """The database's clock in UTC epoch ms, moving inside a transaction too."""

    type = BigInteger()
    inherit_cache = True


@compiles(now_ms, "sqlite")
def _now_ms_sqlite(_element: now_ms, _compiler: Any, **_kw: Any) -> str:
    return "CAST(ROUND((julianday('now') - 2440587.5) * 86400000.0) AS INTEGER)"


@compiles(now_ms, "postgresql")
def _now_ms_postgresql(_element: now_ms, _compiler: Any, **_kw: Any) -> str:
    return "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)"


class Database:
    """One database; hands out connections inside short transactions.

    `pool_size` 0 keeps no connection open between transactions, which is what a worker wants: it
    holds none while it recognises. Operational failures become DatabaseUnavailable; a locked SQLite
    file is one after BUSY_TIMEOUT_MS, or after `?timeout=` seconds of its address.
    """

    def __init__(self, address: str, *, pool_size: int = 0) -> None:
        self.engine = _make_engine(address, pool_size)

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.engine.dialect.name

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads; rolled back at the end."""
        with self._translated(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that commits when the block ends well and leaves nothing when it does not.

        On SQLite it takes the write lock first (BEGIN IMMEDIATE): a reader that turns writer would
        get SQLITE_BUSY at once, whatever the time-out.
        """
        with self._translated(), self.engine.connect() as connection:
            writer = connection.execution_options(tematika_write=True)
            with writer.begin():
                yield writer

    def clock_ms(self) -> int:
        """The database's clock in UTC epoch ms."""
        with self.read() as connection:
            return int(connection.execute(select(now_ms())).scalar_one())

    def wipe_deleted(self, tables: Sequence[Table]) -> None:
        """Have the database's files give up what was deleted from the tables before this call.

        PostgreSQL vacuums the tables. SQLite writes its log back and empties it; a file of up to
        VACUUM_BYTES is written anew besides, for pages that were split may hold copies of rows that
        zeros did not reach. Call it outside of any transaction.
        """
        with self._translated():
            if self.dialect == "postgresql":
                names = ", ".join(table.name for table in tables)
                with self.engine.connect() as connection:
                    connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql(
                        f"VACUUM {names}"
                    )
            else:
                with closing(self.engine.raw_connection()) as raw:
                    _wipe_sqlite(raw)

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (OperationalError, InterfaceError, PoolTimeout) as error:
            cause = error.orig if isinstance(error, DBAPIError) else error
            raise DatabaseUnavailable(f"the database does not answer: {cause}") from error


def _make_engine(address: str, pool_size: int) -> Engine:
    url = make_url(address)
    # Errors are logged: with parameters they would tell numbers, words and hashes of secrets.
    options: dict[str, Any] = {"hide_parameters": True}
    if pool_size:
        options |= {"pool_size": pool_size, "max_overflow": 0, "pool_timeout": 5}
    else:
        options["poolclass"] = NullPool
    if url.get_backend_name() == "sqlite":
        options["connect_args"] = {"check_same_thread": False}
        if "timeout" not in url.query:
            options["connect_args"]["timeout"] = BUSY_TIMEOUT_MS / 1000
        engine = create_engine(url, **options)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    # No prepared statements: they break behind PgBouncer in transaction mode, and a generic plan
    # of a list query was measured a thousand times slower than a custom one.
    options["connect_args"] = {"prepare_threshold": None, "connect_timeout": 5}
    engine = create_engine(url, pool_pre_ping=bool(pool_size), **options)
    event.listen(engine, "before_cursor_execute", _choose_format)
    return engine


def _choose_format(
    _connection: Any, cursor: Any, _statement: Any, _parameters: Any, context: Any, _many: Any
) -> None:
    if context.execution_options.get(BINARY):
        from psycopg.pq import Format

        cursor.format = Format.BINARY


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own transactions are off; _begin_sqlite starts them.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    # What is deleted is overwritten with zeros.
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.close()


def _wipe_sqlite(raw: Any) -> None:
    cursor = raw.cursor()
    try:
        (pages,) = cursor.execute("PRAGMA page_count").fetchone()
        (page_bytes,) = cursor.execute("PRAGMA page_size").fetchone()
        if pages * page_bytes <= VACUUM_BYTES:
            cursor.execute("VACUUM")
        (busy, *_) = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError as error:
        raise DatabaseUnavailable(f"the database does not answer: {error}") from error
    finally:
        cursor.close()
    if busy:
        raise DatabaseUnavailable("the database's log is being read and cannot be emptied")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("tematika_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
