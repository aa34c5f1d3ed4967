"""A topic pack: one YAML file of topics that a person edits."""

from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.topics.language.rule import Rule, places_of
from shared.errors import InvalidInput

PACKS_FOLDER = Path(__file__).resolve().parents[3] / "rules"

Key = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=100)]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]
Example = Annotated[str, Field(min_length=1, max_length=2000)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PackTopic(_Model):
    """One topic of a pack; `key` is stable and unique over all packs."""

    key: Key
    name: Name
    group: Name
    colour: Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")]
    rule: Rule
    should_match: tuple[Example, ...] = ()
    should_not_match: tuple[Example, ...] = ()


class Pack(_Model):
    """A file of topics that belong together."""

    pack: Key
    language: Literal["ru", "en"]
    name: Name
    topics: tuple[PackTopic, ...] = Field(min_length=1)


def read_pack(text: str, *, file: str) -> Pack:
    """Read a pack; InvalidInput names file, line and reason of everything wrong in it."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InvalidInput(
            f"{file}:{line}: {error.problem}", [(f"{file}:{line}", "not YAML")]
        ) from error
    try:
        return Pack.model_validate(data)
    except ValidationError as error:
        errors = [
            (f"{file}:{_line(node, place)}", f"{'.'.join(map(str, place))}: {reason}")
            for place, reason in places_of(error)
        ]
        detail = "; ".join(f"{where}: {reason}" for where, reason in errors)
        raise InvalidInput(detail, errors) from error


def topic_lines(text: str) -> dict[str, int]:
    """Line of each topic's key in a pack that can be read."""
    node: Any = yaml.compose(text, Loader=yaml.SafeLoader)
    lines = {}
    for name, topics in node.value:
        if name.value == "topics":
            for topic in topics.value:
                for field, value in topic.value:
                    if field.value == "key":
                        lines[str(value.value)] = int(value.start_mark.line) + 1
    return lines


def packs_of(language: str, folder: Path = PACKS_FOLDER) -> list[Pack]:
    """Packs of a language in the order of their file names."""
    return [
        read_pack(path.read_text(encoding="utf-8"), file=f"rules/{language}/{path.name}")
        for path in sorted((folder / language).glob("*.yaml"))
    ]


def pack_schema() -> dict[str, Any]:
    """JSON Schema of a pack, for editors: `rules/schema.json`."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Tematika topic pack",
        **Pack.model_json_schema(),
    }


def _line(node: Any, place: tuple[int | str, ...]) -> int:
    """Line of the deepest node on the way to the place that the text has."""
    for step in place:
        if isinstance(node, yaml.MappingNode):
            found = [value for key, value in node.value if key.value == step]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            found = node.value[step : step + 1]
        else:
            found = []
        if not found:
            break
        node = found[0]
    return int(node.start_mark.line) + 1 if node is not None else 1
