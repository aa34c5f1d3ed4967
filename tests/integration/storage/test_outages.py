"""A store that is down, full or killed: a named error, soon, and nothing half-written."""

import io
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.errors import Conflict, SettingsError, StorageFull, StorageUnavailable
from shared.storage import ObjectStore
from shared.storage.disk import DiskStore
from shared.storage.s3 import PART_BYTES, S3Store
from tests.fixtures.ceph import CephServer
from tests.fixtures.s3 import S3Server
from tests.fixtures.small_disk import small_disk

ROOT = Path(__file__).parents[3]

# A store in another process: told by its arguments, it puts what the script below says.
_OPEN_STORE = """
import sys
from pathlib import Path
if sys.argv[1] == "disk":
    from shared.storage.disk import DiskStore
    store = DiskStore(Path(sys.argv[2]))
else:
    from shared.storage.s3 import S3Store
    store = S3Store(endpoint=sys.argv[2], access_key=sys.argv[3], secret_key=sys.argv[4],
                    bucket=sys.argv[5], region="us-east-1", secure=False)
"""

_PUT_AND_WAIT = (
    _OPEN_STORE
    + """
class Body:
    given = 0
    def read(self, size):
        if self.given >= 20_000_000:
            print("half", flush=True)
            sys.stdin.read()
        self.given += size
        return b"k" * size
store.put("killed/here", Body(), limit_bytes=10**9, content_type="audio/wav")
"""
)

_PUT_AND_MEASURE = (
    _OPEN_STORE
    + """
import resource
class Body:
    left = 200_000_000
    def read(self, size):
        size = min(size, self.left)
        self.left -= size
        return b"m" * size
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
store.check()
before = peak()
store.put("large", Body(), limit_bytes=10**9, content_type="audio/wav")
with store.open("large") as pieces:
    assert sum(map(len, pieces)) == 200_000_000
print(peak() - before)
"""
)


@pytest.fixture(params=["disk", "s3"])
def reachable(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[ObjectStore, list[str]]:
    """A store and the arguments by which another process opens the same one."""
    if request.param == "disk":
        disk = DiskStore(tmp_path)
        disk.prepare()
        return disk, ["disk", str(tmp_path)]
    server: S3Server = request.getfixturevalue("s3_server")
    bucket = f"process-{os.getpid()}-{time.monotonic_ns()}"
    store = server.store(bucket)
    store.prepare()
    return store, ["s3", server.endpoint, server.access_key, server.secret_key, bucket]


def test_kill_in_the_middle_of_a_put_leaves_no_object(
    reachable: tuple[ObjectStore, list[str]],
) -> None:
    store, arguments = reachable
    store.put("killed/before", io.BytesIO(b"x"), limit_bytes=9, content_type="a/b")
    with subprocess.Popen(
        [sys.executable, "-c", _PUT_AND_WAIT, *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"half\n"
        process.kill()
        assert process.wait() == -signal.SIGKILL

    assert {name for name, _ in store.names("")} == {"killed/before"}
    store.put("killed/here", io.BytesIO(b"again"), limit_bytes=9, content_type="a/b")
    assert store.stat("killed/here") == 5


def test_a_large_object_passes_in_bounded_memory(
    reachable: tuple[ObjectStore, list[str]],
) -> None:
    _, arguments = reachable

    done = subprocess.run(
        [sys.executable, "-c", _PUT_AND_MEASURE, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert int(done.stdout) < 6 * PART_BYTES


def test_temporary_files_of_killed_processes_are_removed_after_a_day(tmp_path: Path) -> None:
    store = DiskStore(tmp_path)
    store.prepare()
    abandoned, running = tmp_path / ".tmp" / "abandoned", tmp_path / ".tmp" / "running"
    abandoned.write_bytes(b"x")
    running.write_bytes(b"x")
    two_days_ago_s = time.time() - 2 * 24 * 3600
    os.utime(abandoned, (two_days_ago_s, two_days_ago_s))

    store.prepare()

    assert not abandoned.exists()
    assert running.exists()


def test_a_missing_folder_is_an_outage_and_is_not_made(tmp_path: Path) -> None:
    store = DiskStore(tmp_path / "not-mounted")

    for action in (
        lambda: store.put("a", io.BytesIO(b"x"), limit_bytes=9, content_type="a/b"),
        lambda: store.stat("a"),
        lambda: list(store.names("")),
        store.check,
    ):
        with pytest.raises(StorageUnavailable):
            action()
    assert not (tmp_path / "not-mounted").exists()


def test_a_name_below_an_object_is_a_conflict_on_disk(disk_store: DiskStore) -> None:
    disk_store.put("a/b", io.BytesIO(b"x"), limit_bytes=9, content_type="a/b")

    for name in ("a/b/c", "a"):
        with pytest.raises(Conflict):
            disk_store.put(name, io.BytesIO(b"x"), limit_bytes=9, content_type="a/b")
    assert [name for name, _ in disk_store.names("")] == ["a/b"]


@pytest.fixture
def small_folder(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MiB."""
    with small_disk(tmp_path / "small", size="1m") as folder:
        yield folder


def test_a_full_disk_is_storage_full_and_leaves_nothing(small_folder: Path) -> None:
    store = DiskStore(small_folder)
    store.prepare()
    store.put("fits", io.BytesIO(b"x" * 500_000), limit_bytes=10**9, content_type="a/b")

    with pytest.raises(StorageFull):
        store.put("does-not", io.BytesIO(b"x" * 2_000_000), limit_bytes=10**9, content_type="a/b")

    assert [name for name, _ in store.names("")] == ["fits"]
    assert list((small_folder / ".tmp").iterdir()) == []
    store.put("fits", io.BytesIO(b"y" * 400_000), limit_bytes=10**9, content_type="a/b")


def test_the_file_size_limit_is_storage_full(disk_store: DiskStore) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(StorageFull):
            disk_store.put("a", io.BytesIO(b"x" * 200_000), limit_bytes=10**9, content_type="a/b")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert list(disk_store.names("")) == []


def test_a_stopped_s3_server_is_an_outage_until_it_is_back(own_ceph: CephServer) -> None:
    store = S3Server(own_ceph.endpoint, own_ceph.access_key, own_ceph.secret_key).store("outage")
    store.prepare()
    store.put("a", io.BytesIO(b"kept"), limit_bytes=9, content_type="a/b")

    own_ceph.stop_gateway()
    started_s = time.monotonic()
    for action in (
        lambda: store.put("b", io.BytesIO(b"x"), limit_bytes=9, content_type="a/b"),
        lambda: store.stat("a"),
        lambda: store.delete("a"),
        lambda: list(store.names("")),
        store.check,
    ):
        with pytest.raises(StorageUnavailable):
            action()
    with pytest.raises(StorageUnavailable), store.open("a"):
        pass
    assert time.monotonic() - started_s < 30

    own_ceph.start_gateway()
    with store.open("a") as pieces:
        assert b"".join(pieces) == b"kept"
    assert [name for name, _ in store.names("")] == ["a"]


def test_an_s3_server_killed_during_a_read_is_an_outage(own_ceph: CephServer) -> None:
    store = S3Server(own_ceph.endpoint, own_ceph.access_key, own_ceph.secret_key).store("cut")
    store.prepare()
    store.put("a", io.BytesIO(b"x" * 60_000_000), limit_bytes=10**9, content_type="a/b")

    with store.open("a") as pieces:
        next(pieces)
        own_ceph.stop_gateway()
        with pytest.raises(StorageUnavailable):
            list(pieces)


def test_a_full_bucket_is_storage_full_and_leaves_nothing(own_ceph: CephServer) -> None:
    store = S3Server(own_ceph.endpoint, own_ceph.access_key, own_ceph.secret_key).store("full")
    quota = ["--quota-scope=user", "--uid=test"]
    own_ceph.admin("quota", "set", *quota, "--max-size=12M")
    own_ceph.admin("quota", "enable", *quota)
    store.prepare()

    for size in (20_000_000, 30_000_000):
        with pytest.raises(StorageFull):
            store.put("a", io.BytesIO(b"x" * size), limit_bytes=10**9, content_type="a/b")

    assert list(store.names("")) == []


def _store_at(endpoint: str, *, bucket: str = "tematika", secret_key: str = "s" * 20) -> S3Store:
    return S3Store(
        endpoint=endpoint,
        access_key="a" * 20,
        secret_key=secret_key,
        bucket=bucket,
        region="us-east-1",
        secure=False,
        read_timeout_s=0.5,
    )


def test_a_server_that_never_answers_is_an_outage_in_bounded_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        store = _store_at(f"127.0.0.1:{listener.getsockname()[1]}")
        started_s = time.monotonic()

        with pytest.raises(StorageUnavailable):
            store.stat("a")

        assert time.monotonic() - started_s < 10


def test_wrong_keys_and_a_missing_bucket_are_outages_that_say_so(s3_server: S3Server) -> None:
    with pytest.raises(StorageUnavailable, match=r"InvalidAccessKeyId|AccessDenied|Forbidden"):
        list(_store_at(s3_server.endpoint).names(""))
    with pytest.raises(StorageUnavailable, match="NoSuchBucket"):
        s3_server.store("never-made").put("a", io.BytesIO(b"x"), limit_bytes=9, content_type="a/b")


def test_a_bucket_that_keeps_versions_is_refused(s3_server: S3Server, s3_store: S3Store) -> None:
    from minio import Minio
    from minio.commonconfig import ENABLED
    from minio.versioningconfig import VersioningConfig

    client = Minio(
        s3_server.endpoint,
        access_key=s3_server.access_key,
        secret_key=s3_server.secret_key,
        secure=False,
    )
    client.make_bucket("versioned")
    client.set_bucket_versioning("versioned", VersioningConfig(ENABLED))

    with pytest.raises(SettingsError, match="versions"):
        s3_server.store("versioned").prepare()


@pytest.mark.parametrize("endpoint", ["http://host:1/path", "host:1/path"], ids=ascii)
def test_an_endpoint_that_is_none_is_a_settings_error(endpoint: str) -> None:
    with pytest.raises(SettingsError, match="s3_endpoint"):
        _store_at(endpoint)


@pytest.mark.parametrize("bucket", ["", "b", "Upper", "with/slash", "-dash"], ids=ascii)
def test_a_bucket_name_that_is_none_is_a_settings_error(bucket: str) -> None:
    with pytest.raises(SettingsError, match="s3_bucket"):
        _store_at("127.0.0.1:1", bucket=bucket)
