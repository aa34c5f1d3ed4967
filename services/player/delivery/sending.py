"""Bytes on their way out: by the server's sendfile where they lie in a file, and counted."""

import os
from collections.abc import Callable, Iterator, Mapping

from flask import Response

from shared.http.routes import Call
from shared.storage.disk import FilePart

OnEnd = Callable[[int], None]
"""Is told, once, how many bytes have left."""


def send(
    call: Call, status: int, headers: Mapping[str, str], pieces: Iterator[bytes], on_end: OnEnd
) -> Response:
    """The response with these bytes, whose number is the Content-Length.

    `on_end` is called when all have left or the listener has gone, and must not raise.
    """
    wrapper = call.request.environ.get("wsgi.file_wrapper")
    if wrapper is None or not isinstance(pieces, FilePart):
        counted = _Counted(pieces)
        response = Response(counted, status, dict(headers))
        response.call_on_close(lambda: on_end(counted.sent))
        return response
    # PEP 3333: the server may send a file by itself if it gets nothing but its wrapper.
    file = wrapper(_SentFile(pieces, on_end))
    return Response(file, status, dict(headers), direct_passthrough=True)


class _Counted(Iterator[bytes]):
    """Pieces, counted as sent when the next one is asked for."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._given = 0
        self.sent = 0

    def __next__(self) -> bytes:
        self.sent += self._given
        self._given = 0
        piece = next(self._pieces)
        self._given = len(piece)
        return piece


class _SentFile:
    """What `wsgi.file_wrapper` takes: gunicorn sends `fileno` from its position on, else reads.

    Python's socket.sendfile seeks the file to where it got, which tells how much has left.
    """

    def __init__(self, part: FilePart, on_end: OnEnd) -> None:
        os.lseek(part.descriptor, part.start, os.SEEK_SET)
        self._part = part
        self._on_end = on_end
        self._sent = 0

    def fileno(self) -> int:
        """The open file."""
        return self._part.descriptor

    def seek(self, position: int) -> None:
        """Note how far it was sent."""
        self._sent = max(0, position - self._part.start)

    def read(self, _size: int) -> bytes:
        """The next piece, for a server that cannot send files."""
        piece = next(self._part, b"")
        self._sent += len(piece)
        return piece

    def close(self) -> None:
        """The response is over."""
        self._on_end(self._sent)
