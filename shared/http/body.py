"""Reads JSON as strictly as the databases are: what they cannot store is refused with its place."""

import json
from collections.abc import Iterable
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from shared.errors import InvalidInput

Model = TypeVar("Model", bound=BaseModel)

MAX_ERRORS = 50
"""Wrong places named in one answer: a million wrong items must not make it a gigabyte long."""


class MalformedJson(InvalidInput):
    """The body is not JSON; the detail names line and column."""

    code = "malformed-json"


def parse_json(body: bytes) -> Any:
    """The value of a JSON text (RFC 8259, UTF-8).

    Raises MalformedJson with line and column, or InvalidInput for what JSON allows and we do not
    take: a name twice in an object, NUL characters, lone surrogates, numbers out of range, and
    nesting deeper than the parser.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MalformedJson(f"the body is not UTF-8: byte {error.start} cannot be read") from error
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
            parse_float=_number,
        )
        _refuse_unstorable(value, text)
    except json.JSONDecodeError as error:
        raise MalformedJson(
            f"the body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        ) from error
    except RecursionError as error:
        raise InvalidInput("the JSON is nested too deeply") from error
    except ValueError as error:
        # Python refuses to convert integers of thousands of digits.
        raise InvalidInput("the JSON holds a number that is out of range") from error
    return value


def validated(model: type[Model], value: Any, *, prefix: str = "") -> Model:
    """A parsed JSON value as the model; InvalidInput names each wrong place below `prefix`.

    Strict as JSON means it: `"5"` and `true` are no integers, enums and times are strings.
    """
    try:
        # Only pydantic's JSON mode is strict about types yet takes an enum's string.
        return model.model_validate_json(json.dumps(value, ensure_ascii=False), strict=True)
    except ValidationError as error:
        raise invalid(error, prefix=prefix) from error


def invalid(error: ValidationError, *, prefix: str = "") -> InvalidInput:
    """A pydantic failure as InvalidInput with paths such as `legs[0].ended_at`."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    places = []
    for item in found[:MAX_ERRORS]:
        # pydantic puts these words before the reasons that our own validators give.
        said = item["msg"].removeprefix("Value error, ")
        reason = "unknown field" if item["type"] == "extra_forbidden" else said
        places.append((json_path(item["loc"], prefix), reason))
    more = "" if len(found) <= MAX_ERRORS else f" (the first {MAX_ERRORS} of {len(found)} named)"
    first_path, first_reason = places[0]
    where = f"{first_path}: " if first_path else ""
    return InvalidInput(f"{where}{first_reason}{more}", places)


def json_path(parts: Iterable[int | str], prefix: str = "") -> str:
    """`legs[0].ended_at` of ("legs", 0, "ended_at"); field names are cut at 100 characters."""
    path = prefix
    for part in parts:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path += f".{part[:100]}" if path else part[:100]
    return path


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise InvalidInput(
            f"the name {twice[:100]!r} stands twice in one object",
            [(twice[:100], "stands twice in one object")],
        )
    return found


def _refuse_constant(name: str) -> float:
    raise InvalidInput(f"{name} is not a JSON number")


def _number(digits: str) -> float:
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise InvalidInput(f"the number {digits[:40]} is out of range")
    return value


def _refuse_unstorable(value: Any, text: str) -> None:
    # Only an escape or a raw NUL can bring such a character, so most bodies are not walked.
    if "\\u" not in text and "\0" not in text:
        return
    waiting: list[tuple[str, Any]] = [("", value)]
    while waiting:
        path, item = waiting.pop()
        if isinstance(item, str):
            refuse_unstorable_text(item, path)
        elif isinstance(item, list):
            waiting.extend((f"{path}[{index}]", part) for index, part in enumerate(item))
        elif isinstance(item, dict):
            for name, part in item.items():
                refuse_unstorable_text(name, path)
                waiting.append((json_path([name], path), part))


def refuse_unstorable_text(text: str, path: str) -> None:
    """InvalidInput for text that no database column takes: NUL characters and lone surrogates."""
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        reason = "holds a NUL character or half of a surrogate pair"
        raise InvalidInput(f"{path or 'the text'} {reason}", [(path, reason)])


def refuse_nulls(patch: BaseModel, *, nullable: Iterable[str] = ()) -> None:
    """InvalidInput for a null that was sent for a field that cannot be emptied.

    A patch model has None for what was not sent, so its types cannot tell the two apart.
    """
    emptied = {name for name in patch.model_fields_set if getattr(patch, name) is None}
    wrong = sorted(emptied - set(nullable))
    if wrong:
        raise InvalidInput(
            f"{wrong[0]}: cannot be null", [(name, "cannot be null") for name in wrong]
        )
