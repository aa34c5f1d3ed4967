"""A look at a recording's first bytes: what is plainly no sound is refused before it is stored.

Whether the rest is sound only decoding can tell, and that happens in a limited child process.
"""

HEAD_BYTES = 512

_FOREIGN = (
    (b"%PDF", "a PDF document"),
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a program"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a", "a RAR archive"),
    (b"\x89PNG\r\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"SQLite format 3\x00", "a database"),
)
_UNLIKELY_BYTES = 4
_SOUND_IN_RIFF = (b"WAVE",)
_BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def foreign_kind(head: bytes, *, raw: bool = False) -> str | None:
    """What the first bytes (up to HEAD_BYTES of them) plainly are instead of sound, or None.

    `raw` sound begins with any bytes: only a signature that chance does not write tells there.
    """
    for magic, name in _FOREIGN:
        if head.startswith(magic) and not (raw and len(magic) < _UNLIKELY_BYTES):
            return name
    if raw:
        return None
    if head.startswith(b"RIFF") and len(head) >= 12 and head[8:12] not in _SOUND_IN_RIFF:
        return "a RIFF file without sound"
    return _kind_of_text(head)


def _kind_of_text(head: bytes) -> str | None:
    text = head
    for mark in _BYTE_ORDER_MARKS:
        text = text.removeprefix(mark)
    # AMR is the one sound format whose file begins with text only.
    if text.startswith(b"#!AMR") or not _is_text(text):
        return None
    start = text.lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return "an HTML page"
    if start.startswith(b"<"):
        return "XML"
    if start.startswith((b"{", b"[")):
        return "JSON"
    return "text"


def _is_text(head: bytes) -> bool:
    if any(byte < 0x20 and byte not in b"\t\n\r\f" for byte in head):
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        # A character cut off by the end of the look is still text.
        return error.reason == "unexpected end of data" and error.start >= len(head) - 3
    return True
