"""Sentences of telephone calls drawn from templates with slots."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from samples.speech import numbers
from samples.speech.pool import Line

_FOLDER = Path(__file__).parent
_SLOT = re.compile(r"\{(\w+)\}")
_SERVICE_FROM = "договора|тарифа|заказа|телефона|доставки"


@dataclass(frozen=True)
class Templates:
    """Sentence patterns of a language and what may stand in their slots."""

    language: str
    patterns: tuple[str, ...]
    slots: dict[str, tuple[str, ...]]

    @classmethod
    def load(cls, language: str) -> Templates:
        """The templates of `ru` or `en`."""
        patterns: list[str] = []
        slots: dict[str, tuple[str, ...]] = {}
        text = (_FOLDER / f"sentences_{language}.txt").read_text(encoding="utf-8")
        for line in text.splitlines():
            if line.startswith("@"):
                name, _, values = line[1:].partition(":")
                slots[name] = tuple(value.strip() for value in values.split("|"))
            elif line.strip():
                patterns.append(line.strip())
        if language == "ru":
            slots["on_day_only"] = tuple(value.split(maxsplit=1)[1] for value in slots["on_day"])
            slots["service_word"] = tuple(_SERVICE_FROM.split("|"))
        return cls(language, tuple(patterns), slots)

    def fill(self, pattern: str, rng: np.random.Generator) -> str:
        """A sentence of the pattern, its slots drawn."""

        def value(match: re.Match[str]) -> str:
            name = match.group(1)
            if name in numbers.KINDS:
                return numbers.draw(name, self.language, rng)
            choices = self.slots[name]
            return choices[int(rng.integers(len(choices)))]

        return _SLOT.sub(value, pattern)


def template_lines(language: str, count: int, rng: np.random.Generator) -> Iterator[Line]:
    """`count` sentences: single ones, two in a row, and pieces of different ones joined."""
    templates = Templates.load(language)
    deck: list[str] = []

    def sentence() -> str:
        if not deck:
            deck.extend(
                templates.patterns[place] for place in rng.permutation(len(templates.patterns))
            )
        return templates.fill(deck.pop(), rng)

    for _ in range(count):
        kind = rng.random()
        first = sentence()
        if kind < 0.35 or len(first.split()) > 9:
            text = first
        elif kind < 0.65:
            text = _joined(first, sentence(), rng)
        else:
            text = _joined(_piece(first, rng), _piece(sentence(), rng), rng)
        yield Line(language, text + str(rng.choice((".", "?", "!"), p=(0.75, 0.2, 0.05))))


def _joined(first: str, second: str, rng: np.random.Generator) -> str:
    return f"{first}{rng.choice((', ', ' ', '. '), p=(0.5, 0.25, 0.25))}{second}"


def _piece(sentence: str, rng: np.random.Generator) -> str:
    words = sentence.split()
    if len(words) < 3:
        return sentence
    size = int(rng.integers(2, min(len(words), 6) + 1))
    start = int(rng.integers(len(words) - size + 1))
    return " ".join(words[start : start + size])
