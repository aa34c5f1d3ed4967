"""Windows of a call as the recogniser sees them: one to many utterances between pauses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from samples.speech.pool import Utterance
from samples.speech.telephone import LINE_RATE, NOISE_KINDS, Pcm, a_law, line_noise, speech_level

_BANK_SECONDS = 60

WINDOW_MS = 8000


@dataclass(frozen=True)
class Window:
    """Sound at 16 kHz with what is said in it, in milliseconds from its start.

    `phrases` are the stretches of speech that get timestamps; a phrase whose end lies behind the
    window has no end. `phones` are (name, start), the last one lasting to `phones_end_ms`.
    """

    language: str
    pcm: Pcm
    phrases: tuple[Phrase, ...]
    phones: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Phrase:
    """Words of one utterance inside a window."""

    words: tuple[tuple[str, int, int], ...]
    start_ms: int
    end_ms: int | None


@dataclass(frozen=True)
class Mixture:
    """How windows are put together: their longest length and the share of those cut in speech."""

    longest_ms: int = WINDOW_MS
    shortest_target_ms: int = 1500
    cut_share: float = 0.12
    most_utterances: int = 4


class WindowMaker:
    """Draws windows from a pool of utterances."""

    def __init__(
        self,
        utterances: list[Utterance],
        sound: npt.NDArray[np.int16],
        mixture: Mixture,
        rng: np.random.Generator,
    ) -> None:
        self._utterances = utterances
        self._sound = sound
        self._mixture = mixture
        self._rng = rng
        self._by_language: dict[str, list[int]] = {}
        for index, utterance in enumerate(utterances):
            self._by_language.setdefault(utterance.language, []).append(index)
        self._noises = {
            kind: line_noise(kind, _BANK_SECONDS * LINE_RATE, rng) for kind in NOISE_KINDS
        }
        self._decks: dict[str, list[int]] = {language: [] for language in self._by_language}

    def _next(self, language: str) -> Utterance:
        deck = self._decks[language]
        if not deck:
            own = self._by_language[language]
            deck.extend(own[place] for place in self._rng.permutation(len(own)))
        return self._utterances[deck.pop()]

    def draw(self) -> Window:
        """A window of drawn length, utterances, gaps, loudness and noise."""
        rng, mixture = self._rng, self._mixture
        sizes = {name: len(own) for name, own in self._by_language.items()}
        names = sorted(sizes)
        shares = np.array([sizes[name] for name in names], dtype=float)
        language = str(rng.choice(names, p=shares / shares.sum()))
        if rng.random() < 0.01:
            return self._without_speech(language)
        cut = rng.random() < mixture.cut_share
        target_ms = int(rng.uniform(mixture.shortest_target_ms, mixture.longest_ms))
        clock_ms = int(rng.uniform(40, 450))
        placed: list[tuple[int, Utterance]] = []
        while len(placed) < mixture.most_utterances:
            utterance = self._next(language)
            length_ms = utterance.size * 1000 // LINE_RATE
            if clock_ms + length_ms + 60 > mixture.longest_ms and not cut:
                if not placed:
                    clock_ms = 40
                    continue
                break
            placed.append((clock_ms, utterance))
            clock_ms += length_ms
            if clock_ms >= target_ms:
                break
            clock_ms += int(rng.choice((rng.uniform(100, 400), rng.uniform(300, 2200))))
        start, utterance = placed[-1]
        end_ms = start + utterance.size * 1000 // LINE_RATE + int(rng.uniform(40, 450))
        first_ms = 0
        last_ms = min(end_ms, mixture.longest_ms)
        if cut:
            side = rng.random()
            if side < 0.4:
                first_ms = int(rng.uniform(0, min(end_ms - 800, 3000))) if end_ms > 1000 else 0
                last_ms = min(end_ms, first_ms + mixture.longest_ms)
            elif end_ms <= mixture.longest_ms:
                last_ms = int(rng.uniform(0.4, 1) * end_ms)
        return self._cut(language, placed, first_ms, last_ms)

    def _without_speech(self, language: str) -> Window:
        count = int(self._rng.uniform(0.5, 4) * LINE_RATE)
        pcm = self._on_the_line(np.zeros(count, np.float32))
        return Window(language, self._as_16_khz(pcm), (), (("_", 0),))

    def _cut(
        self, language: str, placed: list[tuple[int, Utterance]], first_ms: int, last_ms: int
    ) -> Window:
        per_ms = LINE_RATE // 1000
        whole: Pcm = np.zeros(
            max(last_ms * per_ms, *(at * per_ms + item.size for at, item in placed)), np.float32
        )
        phrases: list[Phrase] = []
        phones: list[tuple[str, int]] = [("_", 0)]
        level = 1.0
        for at, item in placed:
            said = self._sound[item.offset : item.offset + item.size].astype(np.float32) / 16384
            if self._rng.random() < 0.3:
                level = float(self._rng.uniform(0.5, 1.3))
            whole[at * per_ms : at * per_ms + item.size] = said * level
            shift = at - first_ms
            words = tuple(
                (text, max(begin + shift, 0), end + shift)
                for text, begin, end in item.words
                if begin + shift >= -40 and end + shift <= last_ms - first_ms + 40
            )
            end_ms: int | None = item.size // per_ms + shift
            if words:
                if item.words[-1][2] + shift > last_ms - first_ms + 40:
                    end_ms = None
                phrases.append(Phrase(words, words[0][1], end_ms))
            phones.extend((name, start + shift) for name, start in item.phones)
            phones.append(("_", item.size // per_ms + shift))
        return Window(
            language,
            self._as_16_khz(self._on_the_line(whole[first_ms * per_ms : last_ms * per_ms])),
            tuple(phrases),
            tuple(sorted(phones, key=lambda phone: phone[1])),
        )

    def _on_the_line(self, pcm: Pcm) -> Pcm:
        rng = self._rng
        level = speech_level(pcm) or 0.08
        if rng.random() < 0.9:
            snr_db = float(rng.choice((rng.uniform(8, 16), rng.uniform(15, 35)), p=(0.2, 0.8)))
            kind = str(rng.choice(NOISE_KINDS, p=(0.4, 0.4, 0.12, 0.08)))
            share = np.float32(level * 10 ** (-snr_db / 20))
            pcm = pcm + share * self._noise(kind, pcm.size)
        pcm = pcm * np.float32(np.exp(rng.uniform(np.log(0.2), np.log(1.5))))
        if rng.random() < 0.15:
            pcm = a_law(pcm)
        return np.clip(pcm, -1, 1).astype(np.float32)

    def _noise(self, kind: str, count: int) -> Pcm:
        bank = self._noises[kind]
        start = int(self._rng.integers(bank.size - count))
        return bank[start : start + count]

    def _as_16_khz(self, pcm: Pcm) -> Pcm:
        """Sound at 16 kHz, with the mirror image a resampler may leave above 4 kHz."""
        size = -(-pcm.size // 4000) * 4000
        spectrum = np.fft.rfft(pcm, size)
        wide = np.zeros(size + 1, dtype=np.complex64)
        wide[: spectrum.size] = spectrum
        image = np.float32(10 ** (-self._rng.uniform(40, 100) / 20))
        wide[size // 2 :] += image * np.conj(spectrum[::-1])
        result = np.fft.irfft(wide, 2 * size)[: 2 * pcm.size].astype(np.float32) * np.float32(2)
        floor = np.float32(10 ** (-self._rng.uniform(70, 100) / 20))
        return result + floor * self._noise("white", result.size)
