"""Which bytes of a sound a request asks for, as RFC 9110 sections 13 and 14 mean it; pure."""

import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Protocol

# RFC 9110 §14.1.1: first-pos "-" [ last-pos ] or "-" suffix-length; OWS is tolerated around commas.
_SPEC = re.compile(r"(?:(?P<first>[0-9]+)-(?P<last>[0-9]*)|-(?P<suffix>[0-9]+))", re.ASCII)
_ENTITY_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')
# A position is never longer than this; more digits are treated as beyond every sound.
_MAX_DIGITS = 18

OPEN_RANGE_BYTES = 1 << 20
"""The most that is sent for a range without an end: some minutes of playback sound.

A player that asks for all the rest reads it as slowly as people listen, and would hold a thread of
the gateway for as long. RFC 9110 §15.3.7 lets a server send less, and players ask again.
"""


class Headers(Protocol):
    """Request headers, looked up without regard to case; Werkzeug's are."""

    def get(self, name: str, /) -> str | None:
        """The header's value, or None."""


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes `first`..`last` of a representation, both counted, 0 <= first <= last < size."""

    first: int
    last: int

    @property
    def length_bytes(self) -> int:
        """How many bytes the range holds."""
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class Unsatisfiable:
    """The one range asked for lies beyond the end: 416."""


def parse_range(header: str | None, size_bytes: int) -> ByteRange | Unsatisfiable | None:
    """The single byte range that a Range header selects out of `size_bytes`; None means send all.

    None too for an unknown unit (§14.2 MUST ignore), for what is not a valid specifier (§14.2 MAY
    ignore), and for several ranges: RFC 9110 lets a server ignore Range, no audio element asks for
    more than one, and multipart bodies of many small ranges are a known way to exhaust a server.
    """
    unit, _, specifiers = (header or "").partition("=")
    # §5.6.1.2: a recipient ignores a reasonable number of empty list elements.
    specs = [spec.strip(" \t") for spec in specifiers.split(",") if spec.strip(" \t")]
    if unit.strip().lower() != "bytes" or len(specs) != 1:
        return None
    match = _SPEC.fullmatch(specs[0])
    if match is None:
        return None
    if match["suffix"] is not None:
        length_bytes = min(_position(match["suffix"]), size_bytes)
        first, last = size_bytes - length_bytes, size_bytes - 1
    else:
        first = _position(match["first"])
        last = _position(match["last"]) if match["last"] else first + OPEN_RANGE_BYTES - 1
        if last < first:
            return None
    return ByteRange(first, min(last, size_bytes - 1)) if first < size_bytes else Unsatisfiable()


def _position(digits: str) -> int:
    significant = digits.lstrip("0")
    return int(significant or "0") if len(significant) <= _MAX_DIGITS else 10**_MAX_DIGITS


def strong_etag(sha256: str) -> str:
    """The entity tag of bytes with this SHA-256 (hex); strong: equal digests are equal bytes."""
    return f'"{sha256}"'


@dataclass(frozen=True, slots=True)
class Answer:
    """How to answer: `status` 200, 206, 304, 412 or 416, and the bytes to send (None: no bytes)."""

    status: int
    span: ByteRange | None
    content_range: str | None = None


def decide(
    method: str,
    headers: Headers,
    *,
    size_bytes: int,
    etag: str,
    modified_at_s: int | None,
) -> Answer:
    """Evaluate preconditions, then the range, in the order of RFC 9110 §13.2.2.

    `etag` is strong and quoted, `modified_at_s` UTC epoch seconds, or None where nobody knows: then
    dates decide nothing (§13.1.3, §13.1.4). HEAD gets the answer of a GET without Range (§14.2).
    """
    if not _holds_if_match(headers, etag, modified_at_s):
        return Answer(412, None)
    if _is_not_modified(headers, etag, modified_at_s):
        return Answer(304, None)
    whole = ByteRange(0, size_bytes - 1) if size_bytes else None
    if method != "GET" or not _range_applies(headers.get("If-Range"), etag, modified_at_s):
        return Answer(200, whole)
    wanted = parse_range(headers.get("Range"), size_bytes)
    if wanted is None:
        return Answer(200, whole)
    if isinstance(wanted, Unsatisfiable):
        return Answer(416, None, f"bytes */{size_bytes}")
    return Answer(206, wanted, f"bytes {wanted.first}-{wanted.last}/{size_bytes}")


def _holds_if_match(headers: Headers, etag: str, modified_at_s: int | None) -> bool:
    """§13.1.1 If-Match by strong comparison; else §13.1.4 If-Unmodified-Since."""
    if_match = headers.get("If-Match")
    if if_match is not None:
        return if_match.strip() == "*" or etag in _tags(if_match)
    since_s = _http_date_s(headers.get("If-Unmodified-Since"))
    return since_s is None or modified_at_s is None or modified_at_s <= since_s


def _is_not_modified(headers: Headers, etag: str, modified_at_s: int | None) -> bool:
    """§13.1.2 If-None-Match by weak comparison; only without it §13.1.3 If-Modified-Since."""
    if_none_match = headers.get("If-None-Match")
    if if_none_match is not None:
        known = {tag.removeprefix("W/") for tag in _tags(if_none_match)}
        return if_none_match.strip() == "*" or etag in known
    since_s = _http_date_s(headers.get("If-Modified-Since"))
    return since_s is not None and modified_at_s is not None and modified_at_s <= since_s


def _range_applies(if_range: str | None, etag: str, modified_at_s: int | None) -> bool:
    """§13.1.5: the same strong tag, or exactly the same date; anything else means send all."""
    if if_range is None:
        return True
    value = if_range.strip()
    if value.startswith(('"', "W/")):
        return value == etag
    return modified_at_s is not None and _http_date_s(value) == modified_at_s


def _tags(header: str) -> list[str]:
    return _ENTITY_TAG.findall(header)


def _http_date_s(header: str | None) -> int | None:
    """Epoch seconds of an HTTP date; None if absent or not a date (§13.1.3: ignore it then)."""
    if header is None:
        return None
    try:
        return int(parsedate_to_datetime(header).timestamp())
    except (ValueError, OverflowError):
        return None
