"""A topic pack: one YAML file of topics that a person edits."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from services.topics.language.dependencies import circle
from services.topics.language.model import Model, TopicKey, places_of
from services.topics.language.rule import Rule
from services.topics.language.yaml_text import YamlText
from shared.errors import InvalidInput, TooLarge

PACKS_FOLDER = Path(__file__).resolve().parents[3] / "rules"

LARGEST_BYTES = 4 << 20
"""Of a pack: a thousand topics with a dozen examples each."""

MOST_ERRORS = 50
"""Wrong places named at once."""

Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]
Example = Annotated[str, Field(min_length=1, max_length=2000)]

Place = Sequence[int | str]
"""Names and numbers that lead to a value, such as ("topics", 2, "rule")."""


class PackTopic(Model):
    """One topic of a pack; `key` is stable and unique over all packs."""

    key: TopicKey
    name: Name
    group: Name | None = None
    colour: Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")]
    rule: Rule
    should_match: tuple[Example, ...] = ()
    should_not_match: tuple[Example, ...] = ()


class Pack(Model):
    """A file of topics that belong together."""

    pack: TopicKey
    language: Literal["ru", "en"]
    name: Name
    topics: tuple[PackTopic, ...] = Field(min_length=1)


@dataclass(frozen=True)
class WrittenPack:
    """A pack, and where each place of it is written, such as `file:line`."""

    pack: Pack
    where: Callable[[Place], str]


def read_pack(body: bytes, *, file: str) -> WrittenPack:
    """Read the YAML of a pack; InvalidInput names file, line and reason of everything wrong in it.

    Topics that its rules ask about may be elsewhere: `refuse_misfits` looks for them. Raises
    TooLarge for more than LARGEST_BYTES.
    """
    if len(body) > LARGEST_BYTES:
        raise TooLarge(f"{file}: a pack has at most {LARGEST_BYTES} bytes")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise _refusal([(f"{file}:{line}", "not UTF-8")]) from error
    source = YamlText(text, file=file)
    return pack_of(source.data, source.where)


def pack_of(data: Any, where: Callable[[Place], str]) -> WrittenPack:
    """The pack that plain data stands for; InvalidInput names everything wrong in it."""
    try:
        return WrittenPack(Pack.model_validate(data), where)
    except ValidationError as error:
        raise _refusal(
            (where(place), f"{'.'.join(map(str, place)) or 'the pack'}: {reason}")
            for place, reason in places_of(error)
        ) from error


def refuse_misfits(
    packs: Sequence[WrittenPack], beside: Mapping[str, Collection[str]] | None = None
) -> None:
    """Refuse packs whose topics cannot be used with each other and with those beside them.

    `beside` maps the key of every other topic to the keys in its rule; a topic of the packs takes
    the place of one with its key. Raises InvalidInput, with the places, on a key that two topics
    have, on a rule that asks about no topic at all, and on a circle of topics.
    """
    places: defaultdict[str, list[str]] = defaultdict(list)
    own: dict[str, frozenset[str]] = {}
    for written in packs:
        for number, topic in enumerate(written.pack.topics):
            places[topic.key].append(written.where(("topics", number, "key")))
            own[topic.key] = topic.rule.topics()
    asks = {**(beside or {}), **own}
    errors = [
        (again, f"{key} is a topic at {first} already")
        for key, (first, *more) in places.items()
        for again in more
    ]
    errors += [
        (places[key][0], f"{key} asks about {other}, and there is no such topic")
        for key, asked in own.items()
        for other in sorted(asked - asks.keys())
    ]
    around = circle(asks)
    errors += [
        (places[key][0], f"topics ask about each other in a circle: {' → '.join(around)}")
        for key in around[1:]
        if key in places
    ][:1]
    if errors:
        raise _refusal(errors)


def pack_files(folder: Path = PACKS_FOLDER, language: str = "*") -> list[Path]:
    """The packs below a folder of languages, in the order of their names."""
    return sorted(folder.glob(f"{language}/*.yaml"))


def read_files(paths: Iterable[Path]) -> list[WrittenPack]:
    """Read packs; InvalidInput names what is wrong in any of them, and the files that are none."""
    packs: list[WrittenPack] = []
    errors: list[tuple[str, str]] = []
    for path in paths:
        try:
            packs.append(read_pack(path.read_bytes(), file=_name_of(path)))
        except OSError as error:
            errors.append((str(path), error.strerror or "cannot be read"))
        except InvalidInput as error:
            errors += error.errors or [(str(path), error.detail)]
    if errors:
        raise _refusal(errors)
    return packs


def packs_of(language: str, folder: Path = PACKS_FOLDER) -> list[Pack]:
    """Packs of a language in the order of their file names; InvalidInput when they do not fit."""
    packs = read_files(pack_files(folder, language))
    refuse_misfits(packs)
    return [written.pack for written in packs]


def pack_schema() -> dict[str, Any]:
    """JSON Schema of a pack, for editors: `rules/schema.json`."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Tematika topic pack",
        **Pack.model_json_schema(),
    }


def _name_of(path: Path) -> str:
    if path.is_relative_to(PACKS_FOLDER):
        return str(path.relative_to(PACKS_FOLDER.parent))
    return str(path)


def _refusal(errors: Iterable[tuple[str, str]]) -> InvalidInput:
    found = list(errors)
    named = found[:MOST_ERRORS]
    detail = "; ".join(f"{where}: {reason}" for where, reason in named)
    if len(found) > MOST_ERRORS:
        detail += f" (the first {MOST_ERRORS} of {len(found)} named)"
    return InvalidInput(detail, named)
