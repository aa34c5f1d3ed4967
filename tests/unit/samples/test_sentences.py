import re
from pathlib import Path

import numpy as np
import pytest

from samples.heldout.script import read_scripts
from samples.speech import lexicon
from samples.speech.random_lines import random_lines
from samples.speech.sentences import Templates, template_lines

_HELD_OUT = Path(__file__).parents[3] / "samples" / "heldout" / "calls.txt"
_WORDS = re.compile(r"[^\W\d_]+")


def _words(text: str) -> list[str]:
    return _WORDS.findall(text.lower())


@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_slot_of_every_template_can_be_filled(language: str) -> None:
    templates = Templates.load(language)
    rng = np.random.default_rng(2)
    for pattern in templates.patterns:
        assert "{" not in templates.fill(pattern, rng)


@pytest.mark.parametrize("language", ["ru", "en"])
def test_sentences_are_words_without_digits(language: str) -> None:
    for line in template_lines(language, 300, np.random.default_rng(3)):
        assert _words(line.text)
        assert not re.search(r"\d", line.text)


def test_random_lines_bring_every_word_equally_often() -> None:
    heard: dict[str, int] = {}
    for line in random_lines("en", 2000, np.random.default_rng(4)):
        for word in _words(line.text):
            heard[word] = heard.get(word, 0) + 1
    assert set(heard) == set(lexicon.words("en"))
    assert max(heard.values()) - min(heard.values()) <= 2


def test_held_out_words_are_known_and_their_sentences_are_not() -> None:
    seen = {
        language: {tuple(_words(pattern)) for pattern in Templates.load(language).patterns}
        for language in ("ru", "en")
    }
    known = {language: set(lexicon.words(language)) for language in ("ru", "en")}
    for script in read_scripts(_HELD_OUT):
        for turn in script.turns:
            words = _words(turn.text)
            assert set(words) <= known[script.language], turn.text
            assert tuple(words) not in seen[script.language], turn.text
