"""The words the demo model must know, by category."""

from __future__ import annotations

import functools
from pathlib import Path

_FOLDER = Path(__file__).parent


@functools.cache
def categories(language: str) -> dict[str, tuple[str, ...]]:
    """Word forms of `ru` or `en` by category; a form may be in several."""
    lines = (_FOLDER / f"lexicon_{language}.txt").read_text(encoding="utf-8").splitlines()
    found: dict[str, tuple[str, ...]] = {}
    for line in lines:
        name, _, words = line.partition(":")
        found[name] = tuple(words.split())
    return found


@functools.cache
def words(language: str) -> tuple[str, ...]:
    """Every distinct word form of a language, sorted."""
    return tuple(sorted({word for group in categories(language).values() for word in group}))
