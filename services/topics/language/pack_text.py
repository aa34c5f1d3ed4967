"""Writes a pack as a person would: YAML in block style, one phrase a line, values in one order."""

import re
from typing import Any

import yaml

from services.topics.language.pack import Pack

_LINE_LENGTH = 100
# Nothing else stands so far left: examples of several lines are indented deeper.
_NEXT_TOPIC = re.compile(r"(?<!topics:\n)^  - key: ", re.MULTILINE)

# A reader takes these for the end of a line; in double quotes they are written as escapes.
_OTHER_BREAKS = re.compile("[\r\x85\u2028\u2029]")

# As in the packs of this repository: who and how before the phrases; the rest as it comes.
_FIRST = ("scope", "by", "at_least", "strictness", "phrases", "excluding", "window")


class _Dumper(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: FBT001, FBT002 - yaml's signature
        """Indent lists below their name, which yaml itself does not."""
        del indentless
        super().increase_indent(flow=flow, indentless=False)

    def ignore_aliases(self, data: Any) -> bool:
        """Write every list where it stands: two equal ones may be edited apart."""
        del data
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    if _OTHER_BREAKS.search(text):
        style = '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


_Dumper.add_representer(str, _text)


def pack_text(pack: Pack) -> str:
    """The pack as YAML that `read_pack` reads to the same pack."""
    text = yaml.dump(
        _tidy(pack.model_dump(mode="json", exclude_defaults=True)),
        Dumper=_Dumper,
        allow_unicode=True,
        sort_keys=False,
        width=_LINE_LENGTH,
    )
    return _NEXT_TOPIC.sub(lambda found: f"\n{found[0]}", text)


def _tidy(value: Any) -> Any:
    if isinstance(value, dict):
        names = [name for name in _FIRST if name in value]
        names += [name for name in value if name not in _FIRST]
        return {name: _tidy(value[name]) for name in names}
    if isinstance(value, list):
        return [_tidy(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
