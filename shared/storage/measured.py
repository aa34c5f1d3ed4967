"""Reading a body into a store: counted, hashed, and stopped at its limit."""

import hashlib

from shared.errors import TooLarge
from shared.storage import PIECE_BYTES, Body


class MeasuredBody:
    """A body that counts and hashes what passes and raises TooLarge beyond `limit_bytes`."""

    def __init__(self, body: Body, limit_bytes: int) -> None:
        self._body = body
        self._limit_bytes = limit_bytes
        self._hash = hashlib.sha256()
        self.size_bytes = 0

    def read(self, size: int) -> bytes:
        """Exactly `size` bytes, fewer only at the end of the body."""
        pieces = bytearray()
        while len(pieces) < size:
            piece = self._body.read(min(size - len(pieces), PIECE_BYTES))
            if not piece:
                break
            self.size_bytes += len(piece)
            if self.size_bytes > self._limit_bytes:
                raise TooLarge(f"the body is longer than its limit of {self._limit_bytes} bytes")
            self._hash.update(piece)
            pieces += piece
        return bytes(pieces)

    @property
    def sha256(self) -> str:
        """Hex digest of everything read."""
        return self._hash.hexdigest()
