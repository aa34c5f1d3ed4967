"""Fixtures of the whole suite: real databases, a real broker, real stores."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis
from psycopg import sql

from shared.db.migrate import upgrade
from shared.db.session import Database
from shared.db.tables import metadata
from shared.queue.runner import Parts
from shared.settings import Settings
from shared.storage import ObjectStore
from shared.storage.disk import DiskStore
from tests import account_fence

pytest_plugins = ["tests.fixtures.s3"]

POSTGRES = os.environ.get(
    "TEMATIKA_TEST_POSTGRES", "postgresql:///postgres?host=/var/run/postgresql"
)
REDIS = os.environ.get("TEMATIKA_TEST_REDIS", "redis://127.0.0.1:6379")


# In CI a test that misses its service must not pass for one that ran.
SERVICES_REQUIRED = os.environ.get("TEMATIKA_TEST_REQUIRE_SERVICES") == "1"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List the services that were missed, so that a skip cannot go unseen."""
    missed = _missed_services(terminalreporter)
    if missed:
        terminalreporter.section("services that were not there", red=SERVICES_REQUIRED)
        for reason, count in sorted(missed.items()):
            terminalreporter.line(f"{count} tests skipped: {reason}")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run when a test was skipped for a missing service although services are required."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if SERVICES_REQUIRED and reporter is not None and _missed_services(reporter):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _missed_services(reporter: pytest.TerminalReporter) -> dict[str, int]:
    missed: dict[str, int] = {}
    for report in reporter.stats.get("skipped", []):
        reason = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
        if "needs " in reason:
            missed[reason] = missed.get(reason, 0) + 1
    return missed


def _new_postgres() -> tuple[str, str]:
    """Create a database and return (its name, its SQLAlchemy address)."""
    name = f"tematika_test_{uuid.uuid4().hex[:12]}"
    try:
        with psycopg.connect(POSTGRES, autocommit=True, connect_timeout=3) as admin:
            admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    except psycopg.OperationalError as error:
        pytest.skip(f"needs a PostgreSQL server (TEMATIKA_TEST_POSTGRES): {error}".strip())
    address = POSTGRES.replace("postgresql://", "postgresql+psycopg://", 1)
    return name, address.replace("/postgres", f"/{name}", 1)


def _drop_postgres(name: str) -> None:
    with psycopg.connect(POSTGRES, autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session", autouse=True)
def _behind_the_account() -> Iterator[None]:
    """Refuse every statement of the product that is not behind its account, in all tests."""
    account_fence.watch()
    yield
    account_fence.unwatch()


@pytest.fixture(scope="session")
def _migrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Addresses of migrated databases, made when first asked for and kept for the session."""
    made: dict[str, str] = {}
    yield made
    name = made.get("postgresql-name")
    if name:
        _drop_postgres(name)


def _address(kind: str, made: dict[str, str], folder: Path) -> str:
    if kind == "sqlite":
        address = f"sqlite:///{folder / 'tematika.db'}"
        database = Database(address)
        upgrade(database)
        database.close()
        return address
    if "postgresql" not in made:
        made["postgresql-name"], made["postgresql"] = _new_postgres()
        database = Database(made["postgresql"])
        upgrade(database)
        database.close()
    database = Database(made["postgresql"])
    with database.write() as connection:
        names = ", ".join(f'"{table.name}"' for table in metadata.sorted_tables)
        connection.exec_driver_sql(f"TRUNCATE {names} RESTART IDENTITY CASCADE")
    database.close()
    return made["postgresql"]


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path, _migrated: dict[str, str]) -> Settings:
    """Settings over an empty migrated database of each kind and a disk store in a fresh folder."""
    return Settings(
        data_dir=tmp_path,
        database_url=_address(request.param, _migrated, tmp_path),
        lease_s=5,
        heartbeat_s=0.2,
        sweep_s=0.05,
    )


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    """The migrated, empty database of `settings`."""
    database = Database(settings.database_address)
    yield database
    database.close()


@pytest.fixture
def store(settings: Settings) -> ObjectStore:
    """A disk store in a fresh folder."""
    store = DiskStore(settings.objects_path)
    store.prepare()
    return store


@pytest.fixture
def parts(settings: Settings, database: Database, store: ObjectStore) -> Parts:
    """Everything a worker or a gateway works with."""
    return Parts(settings=settings, database=database, store=store)


@pytest.fixture
def redis_url() -> Iterator[str]:
    """Address of an empty logical database of a real Redis."""
    try:
        for number in range(1, 16):
            url = f"{REDIS}/{number}"
            client = redis.Redis.from_url(url, socket_connect_timeout=2)
            if client.set("tematika-test-lock", "1", nx=True, ex=900):
                break
        else:
            pytest.fail("all logical databases of the Redis server are in use by tests")
    except redis.ConnectionError as error:
        pytest.skip(f"needs a Redis server (TEMATIKA_TEST_REDIS): {error}")
    yield url
    client.flushdb()
    client.close()
