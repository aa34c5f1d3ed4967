"""YAML as a person writes it: plain data, and the line of every place in it."""

import re
from collections.abc import Sequence
from typing import Any

import yaml

from shared.errors import InvalidInput

DEEPEST_TEXT = 60
"""Lists and mappings inside each other: more than any rule has."""

MOST_VALUES = 100_000
"""Values when each `*reference` is written out, so that few lines cannot stand for billions."""

# libyaml reads a hundred times faster than Python, and a pack may come from anybody.
_LOADER = yaml.CSafeLoader

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_TYPED = frozenset(f"tag:yaml.org,2002:{name}" for name in ("int", "float", "bool", "null"))


class YamlText:
    """A text that is YAML, with its name in messages.

    `data` is made of dict, list, str, int, float, bool and None; what only looks like a date stays
    text. Raises InvalidInput, with file and line, on what is not YAML, on a name given twice, on
    tags, and on more levels or values than a pack can need.
    """

    def __init__(self, text: str, *, file: str) -> None:
        self._file = file
        self._values = 0
        try:
            self._check_events(text)
            self._root = yaml.compose(text, Loader=_LOADER)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            problem = ", ".join(part for part in (error.context, error.problem) if part)
            raise self.refusal(line, f"not YAML: {problem}{_hint(text, line)}") from error
        except yaml.reader.ReaderError as error:
            line = text.encode().count(b"\n", 0, error.position) + 1
            raise self.refusal(line, "not YAML: a character that no text has") from error
        self.data: Any = None if self._root is None else self._read(self._root, 1)

    def refusal(self, line: int, reason: str) -> InvalidInput:
        """The error that names the file, a line of it and the reason."""
        where = f"{self._file}:{line}"
        return InvalidInput(f"{where}: {reason}", [(where, reason)])

    def where(self, place: Sequence[int | str]) -> str:
        """File and line of a place, or of the nearest place above it that the text has."""
        line = 1
        node = self._root
        for step in place:
            if isinstance(node, yaml.MappingNode):
                found = [(key, value) for key, value in node.value if key.value == step]
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
                found = [(item, item) for item in node.value[step : step + 1]]
            else:
                found = []
            if not found:
                break
            begin, node = found[0]
            line = begin.start_mark.line + 1
        return f"{self._file}:{line}"

    def _check_events(self, text: str) -> None:
        depth = 0
        for event in yaml.parse(text, Loader=_LOADER):
            line = event.start_mark.line + 1 if event.start_mark else 1
            if getattr(event, "tag", None):
                raise self.refusal(line, "a value that begins with ! is put in quotes")
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if depth > DEEPEST_TEXT:
                raise self.refusal(line, f"more than {DEEPEST_TEXT} levels")

    def _read(self, node: Any, depth: int) -> Any:
        self._values += 1
        # A reference may lead to what it stands in.
        line = node.start_mark.line + 1
        if depth > DEEPEST_TEXT:
            raise self.refusal(line, f"more than {DEEPEST_TEXT} levels")
        if self._values > MOST_VALUES:
            reason = f"more than {MOST_VALUES} values when each *reference is written out"
            raise self.refusal(line, reason)
        if isinstance(node, yaml.SequenceNode):
            return [self._read(item, depth + 1) for item in node.value]
        if isinstance(node, yaml.MappingNode):
            return self._read_mapping(node, depth)
        if _UNSTORABLE.search(node.value):
            raise self.refusal(line, "a character that no text has")
        if node.tag not in _TYPED:
            return node.value
        try:
            return yaml.constructor.SafeConstructor().construct_object(node)
        except ValueError as error:
            reason = f"{node.value[:80]} is no number: put it in quotes"
            raise self.refusal(line, reason) from error

    def _read_mapping(self, node: yaml.MappingNode, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise self.refusal(line, "a name is text")
            if key.value in found:
                raise self.refusal(line, f"{key.value} is given twice")
            found[key.value] = self._read(value, depth + 1)
        return found


def _hint(text: str, line: int) -> str:
    begins = "".join(text.splitlines()[line - 1 : line]).lstrip().removeprefix("- ")[:1]
    if begins and begins in '!{*"':
        return f"; a phrase that begins with {begins} is put in single quotes"
    return ""
