"""Windows as tensors: features, phonemes per position, tokens and where each one is heard."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from samples.speech.features import log_mel
from samples.speech.tokens import Tokens
from samples.speech.windows import Window

IGNORED = -100
POSITION_MS = 20
_HEARD_MARGIN_MS = 60


@dataclass(frozen=True)
class Batch:
    """Everything a training step needs.

    `heard` holds, for each target token, the first and last encoder position (a pair) where it
    sounds; -1 where it sounds nowhere.
    """

    mel: Tensor
    phones: Tensor
    tokens: Tensor
    targets: Tensor
    heard: Tensor


class Batcher:
    """Makes batches; `phones` maps (language-prefixed) phoneme names to classes."""

    def __init__(
        self, phones: dict[str, int], tokens: Tokens | None, rng: np.random.Generator
    ) -> None:
        self._phones = phones
        self._tokens = tokens
        self._rng = rng

    def batch(self, windows: list[Window]) -> Batch:
        """One batch, its windows padded at the end with zero features."""
        mels = [
            log_mel(torch.from_numpy(window.pcm), self._louder_elsewhere()) for window in windows
        ]
        frames = max(mel.shape[1] for mel in mels) + 6
        frames += frames % 2
        mel = torch.stack([functional.pad(mel, (0, frames - mel.shape[1])) for mel in mels])
        phones = torch.full((len(windows), frames // 2), IGNORED)
        for row, (window, own) in enumerate(zip(windows, mels, strict=True)):
            self._fill_phones(phones[row], window, own.shape[1] // 2)
        labelled = [self._labels(window) for window in windows]
        length = max(len(tokens) for tokens, _, _ in labelled)
        end = 0 if self._tokens is None else self._tokens.end
        tokens = torch.full((len(windows), length), end)
        targets = torch.full((len(windows), length), IGNORED)
        heard = torch.full((len(windows), length, 2), -1)
        for row, (own_tokens, own_targets, own_heard) in enumerate(labelled):
            tokens[row, : len(own_tokens)] = torch.tensor(own_tokens)
            targets[row, : len(own_targets)] = torch.tensor(own_targets)
            heard[row, : len(own_heard)] = torch.tensor(own_heard)
        return Batch(mel, phones, tokens, targets, heard)

    def _louder_elsewhere(self) -> float:
        rng = self._rng
        return float(rng.choice((0.0, rng.uniform(0, 0.5), rng.uniform(0, 1.5))))

    def _fill_phones(self, row: Tensor, window: Window, positions: int) -> None:
        starts = np.array([start for _, start in window.phones])
        classes = np.array(
            [
                0 if name.startswith("_") else self._phones.get(f"{window.language} {name}", -100)
                for name, _ in window.phones
            ]
        )
        times = np.arange(positions) * POSITION_MS + 5
        index = np.maximum(np.searchsorted(starts, times, side="right") - 1, 0)
        row[:positions] = torch.from_numpy(classes[index])

    def _labels(self, window: Window) -> tuple[list[int], list[int], list[tuple[int, int]]]:
        tokens = self._tokens
        if tokens is None:
            return [0], [IGNORED], [(-1, -1)]
        prompt = [tokens.start, tokens.languages[window.language], tokens.transcribe]
        first = tokens.languages[window.language] if window.phrases else tokens.no_speech
        timed = self._rng.random() >= 0.2
        said: list[int] = []
        heard: list[tuple[int, int]] = []
        if not timed:
            prompt.append(tokens.no_timestamps)
        elif not window.phrases:
            said.append(tokens.time(0))
            heard.append((-1, -1))
        for phrase in window.phrases:
            if timed:
                said.append(tokens.time(phrase.start_ms))
                heard.append(_positions(phrase.start_ms, phrase.start_ms))
            for text, begin, end in phrase.words:
                pieces = tokens.word(text)
                said.extend(pieces)
                step = (end - begin) / len(pieces)
                heard.extend(
                    _positions(round(begin + step * place), round(begin + step * (place + 1)))
                    for place in range(len(pieces))
                )
            if timed and phrase.end_ms is not None:
                said.append(tokens.time(phrase.end_ms))
                heard.append(_positions(phrase.end_ms, phrase.end_ms))
        targets = [first, *[IGNORED] * (len(prompt) - 2), *said, tokens.end]
        places = [(-1, -1)] * (len(prompt) - 1) + heard + [(-1, -1)]
        return [*prompt, *said], targets, places


def _positions(begin_ms: int, end_ms: int) -> tuple[int, int]:
    return (
        max(begin_ms - _HEARD_MARGIN_MS, 0) // POSITION_MS,
        (end_ms + _HEARD_MARGIN_MS) // POSITION_MS,
    )


def phone_classes(names: dict[str, int], least: int) -> dict[str, int]:
    """Classes (from 1; 0 is silence) of the phonemes heard at least `least` times."""
    kept = sorted(name for name, count in names.items() if count >= least)
    return {name: index + 1 for index, name in enumerate(kept)}
