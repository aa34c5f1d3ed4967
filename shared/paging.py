"""Keyset pages: opaque signed cursors that bind account, sort and filter, and their condition."""

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, tuple_

from shared.errors import InvalidInput

DEFAULT_LIMIT = 50
MAX_LIMIT = 200
_MAC_BYTES = 16

Position = tuple[int | str, ...]
"""Sort keys of the last row of a page; the last key is unique in the account."""


class BadCursor(InvalidInput):
    """The cursor was not made by us for this account, list, sort and filter."""

    code = "bad-cursor"


@dataclass(frozen=True)
class Cursors:
    """Makes and reads cursors with one secret key; any process with that key reads them."""

    secret: bytes

    def issue(self, position: Position, *, account_id: int, binding: str) -> str:
        """A cursor for the page after `position` of the list that `binding` describes."""
        text = json.dumps(position, ensure_ascii=False, separators=(",", ":")).encode()
        mac = self._mac(text, account_id, binding)
        return base64.urlsafe_b64encode(mac + text).rstrip(b"=").decode()

    def read(self, cursor: str, *, account_id: int, binding: str) -> Position:
        """The position a cursor stands for; BadCursor if it is not one of this account and list."""
        refusal = BadCursor(
            "the cursor does not belong to this list with this sort and filter",
            [("query.cursor", "not a cursor of this list: start from the first page")],
        )
        try:
            raw = base64.b64decode(
                cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True
            )
        except ValueError as error:
            raise refusal from error
        mac, text = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(text, account_id, binding)):
            raise refusal
        position: Position = tuple(json.loads(text))
        return position

    def _mac(self, text: bytes, account_id: int, binding: str) -> bytes:
        bound = hashlib.sha256(f"{account_id}\n{binding}".encode()).digest()
        return hmac.digest(self.secret, b"cursor\n" + bound + text, "sha256")[:_MAC_BYTES]


def beyond(
    columns: Sequence[ColumnElement[Any]], position: Position | None, *, descending: bool
) -> Sequence[ColumnElement[bool]]:
    """Conditions of the rows after `position`, for `where(*beyond(…))`; none on the first page.

    All columns sort in the same direction. The row-value comparison lets both databases walk one
    index, whatever the page.
    """
    if position is None:
        return ()
    if len(position) != len(columns):
        raise ValueError(f"a position of {len(position)} keys for {len(columns)} columns")
    keys, bound = tuple_(*columns), tuple_(*position)
    return (keys < bound if descending else keys > bound,)
