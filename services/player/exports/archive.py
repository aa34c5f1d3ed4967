"""Writes a ZIP as a stream of pieces: nothing is held but the list of its members.

The standard library's writer: it needs no seeking, switches to ZIP64 by itself and marks UTF-8
names. Every program that reads a ZIP by its list reads the result.
"""

import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime

_FIRST_YEAR, _LAST_YEAR = 1980, 2107
"""What a member's time can tell."""


class Archive:
    """A ZIP in the making: send on every piece that its methods yield, in order.

    Without `end` it has no list of members and no program takes it for whole.
    """

    def __init__(self) -> None:
        self._sink = _Sink()
        self._zip = zipfile.ZipFile(self._sink, "w")  # type: ignore[call-overload]  # it only writes

    def add(
        self,
        name: str,
        moment: datetime,
        content: Iterable[bytes],
        *,
        size_bytes: int,
        deflated: bool,
    ) -> Iterator[bytes]:
        """Add a member; its content has `size_bytes` at most, and is read as the pieces are taken."""
        info = zipfile.ZipInfo(name, _member_time(moment))
        info.compress_type = zipfile.ZIP_DEFLATED if deflated else zipfile.ZIP_STORED
        # Tells the writer whether the member needs ZIP64; the true size is written behind it.
        info.file_size = size_bytes
        with self._zip.open(info, "w") as member:
            for piece in content:
                member.write(piece)
                yield from self._sink.taken()
        yield from self._sink.taken()

    def end(self) -> Iterator[bytes]:
        """The list of members, without which the archive is not whole."""
        self._zip.close()
        yield from self._sink.taken()


class _Sink:
    """Keeps what the ZIP writer wrote until it is taken."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self._written.append(piece)
        return len(piece)

    def flush(self) -> None:
        """Nothing waits here for anything."""

    def taken(self) -> Iterator[bytes]:
        written, self._written = b"".join(self._written), []
        if written:
            yield written


def _member_time(moment: datetime) -> tuple[int, int, int, int, int, int]:
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        return _FIRST_YEAR, 1, 1, 0, 0, 0
    return moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second
