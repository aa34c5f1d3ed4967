"""Objects as files under one folder, each appearing in one step and only when it is on the disk."""

import errno
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from shared.errors import Conflict, InvalidInput, NotFound, StorageFull, StorageUnavailable
from shared.storage import PIECE_BYTES, Body, StoredObject
from shared.storage.measured import MeasuredBody
from shared.storage.names import TEMPORARY_FOLDER, checked_name
from shared.storage.probing import probe_store

# EFBIG: the process's own file size limit (ulimit -f), which a person lifts as they would a quota.
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}

# No upload lasts a day; an older temporary file belongs to a process that was killed.
_ABANDONED_AFTER_S = 24 * 3600


class FilePart(Iterator[bytes]):
    """Pieces of an open file from byte `start` on; its `descriptor` is for who can send a file whole."""

    def __init__(self, descriptor: int, start: int, pieces: Iterator[bytes]) -> None:
        self.descriptor = descriptor
        self.start = start
        self._pieces = pieces

    def __next__(self) -> bytes:
        """The next piece."""
        return next(self._pieces)


class DiskStore:
    """The object store of the embedded mode: `root`/name is the object, `root`/.tmp the unfinished.

    `root` must exist when an object is put (`prepare` makes it): a disk that is not mounted then
    gives StorageUnavailable and not recordings below the mount point.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()

    def prepare(self) -> None:
        """Make the folder and remove temporary files that killed processes left over a day ago."""
        with self._mapped_errors(str(self._root)):
            temporary = self._root / TEMPORARY_FOLDER
            temporary.mkdir(parents=True, exist_ok=True)
            _sync_folder(self._root)
            oldest_s = time.time() - _ABANDONED_AFTER_S
            for path in temporary.iterdir():
                with suppress(FileNotFoundError):
                    if path.stat().st_mtime < oldest_s:
                        path.unlink()

    def put(
        self,
        name: str,
        body: Body,
        *,
        limit_bytes: int,
        content_type: str,  # noqa: ARG002  a disk has no place for it
    ) -> StoredObject:
        """See ObjectStore."""
        path = self._path(name)
        measured = MeasuredBody(body, limit_bytes)
        with self._mapped_errors(name):
            temporary, descriptor = self._make_temporary()
        try:
            try:
                while piece := measured.read(PIECE_BYTES):
                    with self._mapped_errors(name):
                        _write_all(descriptor, piece)
                with self._mapped_errors(name):
                    os.fsync(descriptor)
            finally:
                os.close(descriptor)
            with self._mapped_errors(name):
                self._move_into_place(temporary, path)
        except BaseException:
            # After the rename there is no temporary file, and the object may be whole but not yet
            # durable: the caller is told of the failure and puts it again.
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise
        return StoredObject(name, measured.size_bytes, measured.sha256)

    @contextmanager
    def open(self, name: str, *, start: int = 0, length: int | None = None) -> Iterator["FilePart"]:
        """See ObjectStore; a reader keeps its version when the object is replaced or deleted."""
        path = self._path(name)
        with self._mapped_errors(name):
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            # Opening a folder for reading succeeds; reading it would not.
            if path.is_dir():
                raise NotFound(f"there is no object {name}")
            yield FilePart(descriptor, start, self._pieces(descriptor, name, start, length))
        finally:
            os.close(descriptor)

    def stat(self, name: str) -> int:
        """See ObjectStore."""
        path = self._path(name)
        with self._mapped_errors(name):
            if path.is_dir():
                raise NotFound(f"there is no object {name}")
            return path.stat().st_size

    def delete(self, name: str) -> None:
        """See ObjectStore; the removal is on the disk when it returns."""
        path = self._path(name)
        with suppress(NotFound), self._mapped_errors(name):
            if not path.is_dir():
                path.unlink()
                _sync_folder(path.parent)

    def names(self, prefix: str) -> Iterator[tuple[str, int]]:
        """See ObjectStore."""
        if ".." in prefix.split("/") or prefix.startswith("/"):
            raise InvalidInput(f"prefix {prefix[:100]!r} is not one of object names")
        with self._mapped_errors(prefix):
            if not self._root.is_dir():
                raise StorageUnavailable(f"the storage folder {self._root} does not exist")
        yield from self._walk(self._root / prefix.rpartition("/")[0], prefix)

    def check(self) -> None:
        """See ObjectStore."""
        probe_store(self)

    def _walk(self, folder: Path, prefix: str) -> Iterator[tuple[str, int]]:
        try:
            entries = list(os.scandir(folder))
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            raise StorageUnavailable(f"{folder}: {error.strerror}") from error
        for entry in entries:
            name = Path(entry.path).relative_to(self._root).as_posix()
            if name == TEMPORARY_FOLDER:
                continue
            if entry.is_dir(follow_symlinks=False):
                if f"{name}/".startswith(prefix) or prefix.startswith(f"{name}/"):
                    yield from self._walk(Path(entry.path), prefix)
            elif name.startswith(prefix):
                with suppress(NotFound), self._mapped_errors(name):
                    yield name, entry.stat().st_mtime_ns // 1_000_000

    def _pieces(
        self, descriptor: int, name: str, start: int, length: int | None
    ) -> Iterator[bytes]:
        position = start
        left = length
        while left is None or left > 0:
            wanted = PIECE_BYTES if left is None else min(left, PIECE_BYTES)
            with self._mapped_errors(name):
                piece = os.pread(descriptor, wanted, position)
            if not piece:
                return
            position += len(piece)
            if left is not None:
                left -= len(piece)
            yield piece

    @contextmanager
    def _mapped_errors(self, name: str) -> Iterator[None]:
        try:
            yield
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
            if not self._root.is_dir():
                raise StorageUnavailable(
                    f"the storage folder {self._root} does not exist"
                ) from error
            raise NotFound(f"there is no object {name}") from error
        except OSError as error:
            if error.errno in _NO_ROOM:
                raise StorageFull(f"no room on the storage disk: {error.strerror}") from error
            raise StorageUnavailable(f"storage folder: {error.strerror or error}") from error

    def _path(self, name: str) -> Path:
        return self._root / checked_name(name)

    def _move_into_place(self, temporary: Path, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.replace(path)
        except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
            name = path.relative_to(self._root)
            raise Conflict(f"object name {name}: one object's name is a folder here") from error
        self._sync_folders(path.parent)

    def _make_temporary(self) -> tuple[Path, int]:
        temporary = self._root / TEMPORARY_FOLDER / uuid.uuid4().hex
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        try:
            return temporary, os.open(temporary, flags, 0o640)
        except FileNotFoundError:
            raise StorageUnavailable(
                f"the storage folder {self._root} is missing; `tematika init` or "
                "`tematika migrate` makes it"
            ) from None

    def _sync_folders(self, folder: Path) -> None:
        """Every folder up to the root: another process may have made one and not synced it yet."""
        while True:
            _sync_folder(folder)
            if folder == self._root:
                return
            folder = folder.parent


def _write_all(descriptor: int, piece: bytes) -> None:
    view = memoryview(piece)
    while view:
        view = view[os.write(descriptor, view) :]


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
