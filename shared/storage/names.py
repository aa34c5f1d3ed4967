"""Which object names are accepted: the same for both stores, so objects can be moved."""

import unicodedata

from shared.errors import InvalidInput

# S3 allows 1024 bytes of UTF-8 for a key, file systems 255 for one part of a path.
_NAME_LIMIT_BYTES = 1024
_PART_LIMIT_BYTES = 255

TEMPORARY_FOLDER = ".tmp"


def checked_name(name: str) -> str:
    """Return `name` if it is a safe relative path; InvalidInput says what is wrong otherwise.

    Refused are absolute paths, `.` and `..`, empty parts, backslashes, control characters, names of
    the temporary folder and names too long for S3 or a file system.
    """
    problem = _problem(name)
    if problem is not None:
        raise InvalidInput(f"object name {name[:100]!r}: {problem}")
    return name


def _problem(name: str) -> str | None:
    try:
        size_bytes = len(name.encode())
    except UnicodeEncodeError:
        return "is not valid Unicode"
    parts = name.split("/")
    checks = (
        (not name, "is empty"),
        (size_bytes > _NAME_LIMIT_BYTES, f"is longer than {_NAME_LIMIT_BYTES} bytes"),
        ("\\" in name, "holds a backslash"),
        (any(unicodedata.category(sign) == "Cc" for sign in name), "holds a control character"),
        (parts[0] == TEMPORARY_FOLDER, f"lies in {TEMPORARY_FOLDER}, among unfinished objects"),
        (not {"", ".", ".."}.isdisjoint(parts), "has an empty part, '.' or '..'"),
        (
            any(len(part.encode()) > _PART_LIMIT_BYTES for part in parts),
            f"has a part longer than {_PART_LIMIT_BYTES} bytes",
        ),
    )
    return next((problem for is_so, problem in checks if is_so), None)
