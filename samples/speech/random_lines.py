"""Strings of random words of the lexicon: they teach the model words rather than sentences."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from samples.speech import lexicon
from samples.speech.pool import Line


def random_lines(language: str, count: int, rng: np.random.Generator) -> Iterator[Line]:
    """`count` strings of 1 to 10 words, in which every word form comes equally often."""
    words = lexicon.words(language)
    deck: list[str] = []
    for _ in range(count):
        size = int(rng.choice((1, 2, 3, 4, 5, 6, 7, 8, 10), p=_SIZES))
        while len(deck) < size:
            deck.extend(words[place] for place in rng.permutation(len(words)))
        text = "".join(
            word + (", " if rng.random() < 0.08 and index + 1 < size else " ")
            for index, word in enumerate(deck[:size])
        )
        del deck[:size]
        yield Line(language, text.strip() + ("?" if rng.random() < 0.08 else "."))


_SIZES = (0.06, 0.08, 0.14, 0.2, 0.2, 0.14, 0.09, 0.06, 0.03)
