"""A recording on its way into storage: looked at first, counted, and refused when it breaks off."""

import hashlib

from werkzeug.exceptions import ClientDisconnected

from services.gateway.intake.raw import refuse_head, refuse_length
from services.gateway.intake.sniff import HEAD_BYTES, foreign_kind
from shared.decoding.declared import DeclaredFormat
from shared.errors import InvalidInput, TooLarge, UnsupportedSound
from shared.storage import PIECE_BYTES, Body


class IncompleteBody(InvalidInput):
    """The sender went away, or sent another length than it announced."""

    code = "incomplete-body"


class SoundBody:
    """A recording's bytes: refuses at construction what is empty, too long or plainly no sound.

    `declared_bytes` is the Content-Length, if any; `declared` what a file without a header holds.
    Raises InvalidInput for an empty body or one that contradicts `declared` (by its length only
    when it ends), TooLarge, UnsupportedSound (`not-sound`), and IncompleteBody when fewer bytes
    come than were announced.
    """

    def __init__(
        self,
        body: Body,
        *,
        declared_bytes: int | None,
        limit_bytes: int,
        declared: DeclaredFormat | None,
    ) -> None:
        if declared_bytes is not None and declared_bytes > limit_bytes:
            raise TooLarge(f"the body has {declared_bytes} bytes; the limit is {limit_bytes} bytes")
        self._body = body
        self._declared_bytes = declared_bytes
        self._declared = declared
        self._read_bytes = 0
        self._head = b""
        while len(self._head) < HEAD_BYTES and (piece := self._next(HEAD_BYTES - len(self._head))):
            self._head += piece
        if not self._head:
            raise InvalidInput("the body is empty: a recording has at least one byte")
        if declared is not None:
            refuse_head(declared, self._head)
        if kind := foreign_kind(self._head, raw=declared is not None):
            raise UnsupportedSound("not-sound", f"the body is {kind}, not sound")

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; empty at the end."""
        if self._head:
            piece, self._head = self._head[:size], self._head[size:]
            return piece
        return self._next(size)

    def _next(self, size: int) -> bytes:
        try:
            piece = self._body.read(size)
        except (OSError, ClientDisconnected) as error:
            raise IncompleteBody("the connection ended in the middle of the body") from error
        self._read_bytes += len(piece)
        announced = self._declared_bytes
        if not piece and size and announced is not None and self._read_bytes < announced:
            raise IncompleteBody(
                f"the body ended after {self._read_bytes} of the {announced} bytes it announced"
            )
        if not piece and size and self._declared is not None:
            refuse_length(self._declared, self._read_bytes)
        return piece


def digest(body: Body, limit_bytes: int) -> str:
    """SHA-256 of a body that is not kept, as hex; TooLarge beyond the limit."""
    found = hashlib.sha256()
    size_bytes = 0
    while piece := body.read(PIECE_BYTES):
        size_bytes += len(piece)
        if size_bytes > limit_bytes:
            raise TooLarge(f"the body is longer than its limit of {limit_bytes} bytes")
        found.update(piece)
    return found.hexdigest()
