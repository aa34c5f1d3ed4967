"""What every part of the rule model shares: unknown fields are refused, values have bounds."""

from collections.abc import Iterable, Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

TopicKey = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=100)]
"""Stable name of a topic."""

# Strict: `first_s: yes` in YAML is no second, and `at_least: "2"` no number.
Seconds = Annotated[float, Field(gt=0, le=86_400, strict=True)]
Percent = Annotated[float, Field(gt=0, le=100, strict=True)]
Count = Annotated[int, Field(ge=1, le=999, strict=True)]


class Model(BaseModel):
    """A part of a rule: it has no field but its own, and never changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def given(model: BaseModel, names: Iterable[str]) -> list[str]:
    """Those of the fields that have a value."""
    return [name for name in names if getattr(model, name) is not None]


def one_of(model: BaseModel, names: Sequence[str], what: str) -> None:
    """Raise ValueError unless exactly one of the fields has a value."""
    found = given(model, names)
    if len(found) != 1:
        raise ValueError(
            f"{what} is exactly one of {', '.join(names)}; found {', '.join(found) or 'nothing'}"
        )


def places_of(error: ValidationError) -> list[tuple[tuple[int | str, ...], str]]:
    """Every wrong place of an input with its reason."""
    found = error.errors(include_url=False)
    places = [one["loc"] for one in found]
    # A list whose items are wrong is reported as too short on top of them.
    return [
        (one["loc"], _REASONS.get(one["type"]) or one["msg"].removeprefix("Value error, "))
        for one in found
        if one["type"] != "too_short" or not any(_is_below(one["loc"], place) for place in places)
    ]


_REASONS = {
    "extra_forbidden": "there is no such field here",
    "missing": "is missing",
    "model_type": "should be fields with values",
    "string_type": "should be text; put a number or yes and no in quotes",
    "too_short": "should have at least one item",
    "tuple_type": "should be a list",
}


def _is_below(place: tuple[int | str, ...], other: tuple[int | str, ...]) -> bool:
    return len(other) > len(place) and other[: len(place)] == place
