"""A seeded corpus: inflected Russian words by Zipf's law with a long tail of misheard ones, and rules.

Calls of 500 words between two people, at least three phrases of the rules planted in each; topics
of ten phrases with speakers and windows, frequent words in a tenth of the phrases.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.text.analyser import lexeme_forms
from shared.text.packed import UTTERANCE_START, Packed

WORDS_PER_CALL = 500
WORDS_PER_UTTERANCE = 12
WORD_MS = 350
PHRASES_PER_TOPIC = 10
PLANTED = 3
# The head of the distribution, and as far as people would think of asking.
FREQUENT = 200
ASKED = 1500

STEMS = (
    "вернуть деньги договор скидка доставка оплатить заказ товар оператор клиент телефон номер "
    "тариф услуга подключить отключить проблема решение качество сервис ждать звонок перезвонить "
    "менеджер начальник жалоба претензия гарантия ремонт мастер адрес город улица стоимость цена "
    "дорого дешево купить продать холодильник машина диван камера роутер интернет связь слышно"
)


@dataclass(frozen=True)
class Corpus:
    """A lexicon in the order of frequency, and the phrases that rules ask for."""

    forms: list[str]
    phrases: list[str]

    def rules(self, topics: int) -> list[dict[str, Any]]:
        """Rules of ten phrases each, by speakers in turn, every fourth in a window."""
        made = []
        for number in range(topics):
            own = self.phrases[number * PHRASES_PER_TOPIC : (number + 1) * PHRASES_PER_TOPIC]
            said: dict[str, Any] = {"phrases": own, "by": speaker_of(number)}
            if number % 4 == 0:
                said["window"] = {"first_s": 120}
            made.append({"said": said})
        return made

    def calls(self, count: int, *, planted: int) -> Iterator[Packed]:
        """Packed calls; three of the first `planted` phrases are said in each, by whom they ask."""
        rng = np.random.default_rng(1)
        numbers = {form: n for n, form in enumerate(self.forms)}
        weights = 1.0 / np.arange(1, len(self.forms) + 1)
        bounds = np.cumsum(weights / weights.sum())
        wanted = [[numbers[word] for word in phrase.split()] for phrase in self.phrases[:planted]]
        for _ in range(count):
            yield _call(rng, bounds, wanted)


def speaker_of(topic: int) -> str:
    """Whose words the topic of this number asks for."""
    return ("operator", "client", "anyone")[topic % 3]


def make_corpus(forms: int, topics: int) -> Corpus:
    """A lexicon of so many forms, and phrases for so many topics."""
    choose = random.Random(1)
    lexicon = _forms(forms, choose)
    return Corpus(lexicon, [_phrase(lexicon, choose) for _ in range(topics * PHRASES_PER_TOPIC)])


def _forms(count: int, choose: random.Random) -> list[str]:
    forms = dict.fromkeys(form for word in STEMS.split() for form in sorted(lexeme_forms(word)))
    letters = "абвгдежзиклмнопрстуфхцчшыэюя"
    known = list(forms)
    while len(forms) < count:
        word = choose.choice(known)
        place = choose.randrange(len(word))
        noise = "".join(choose.choices(letters, k=choose.randint(1, 4)))
        forms[word[:place] + noise + word[place + 1 :]] = None
    # Forms of one word lie apart in frequency, as they do in speech.
    mixed = list(forms)
    choose.shuffle(mixed)
    return mixed


def _phrase(forms: Sequence[str], choose: random.Random) -> str:
    """Two or three words; a tenth of the phrases hold a word from the head of the distribution."""
    head = choose.random() < 0.1
    words = [
        forms[choose.randrange(FREQUENT if head else ASKED)] for _ in range(choose.randint(2, 3))
    ]
    return " ".join(words)


def _call(
    rng: np.random.Generator, bounds: NDArray[np.float64], planted: Sequence[Sequence[int]]
) -> Packed:
    """One call of two channels in packed order."""
    ids = np.searchsorted(bounds, rng.random(WORDS_PER_CALL)).astype(np.uint32)
    ids = np.minimum(ids, len(bounds) - 1).astype(np.uint32)
    half = WORDS_PER_CALL // 2
    own = np.arange(half)
    for n in range(PLANTED):
        phrase = int(rng.integers(len(planted)))
        words = planted[phrase]
        # Apart from each other, on the asked side, in the first two minutes.
        side = half if speaker_of(phrase // PHRASES_PER_TOPIC) == "client" else 0
        room = half // 2 // PLANTED
        place = side + n * room + int(rng.integers(room - len(words)))
        ids[place : place + len(words)] = words
    starts = (own // WORDS_PER_UTTERANCE) * 2 * WORDS_PER_UTTERANCE + own % WORDS_PER_UTTERANCE
    starts_ms = np.concatenate([starts, starts + WORDS_PER_UTTERANCE]).astype(np.uint32) * WORD_MS
    lanes = np.repeat(np.array([0, 0b101], np.uint8), half)
    first = np.tile(own % WORDS_PER_UTTERANCE == 0, 2)
    return Packed(
        token_ids=ids,
        word_index=np.arange(WORDS_PER_CALL, dtype=np.uint32),
        speakers=(lanes | np.where(first, UTTERANCE_START, 0)).astype(np.uint8),
        start_ms=starts_ms,
        end_ms=starts_ms + np.uint32(WORD_MS - 50),
    )
