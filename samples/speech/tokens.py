"""The model's tokens: byte-level BPE of the texts, then Whisper's special tokens in its order."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from faster_whisper.tokenizer import _LANGUAGE_CODES
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

_TIMESTAMPS = 1501
_TIMESTAMP_STEP_MS = 20
# Times are taught in tenths of a second: fewer tokens to learn, and word times come from the
# attention anyway.
_TAUGHT_STEP_MS = 100


def train_tokenizer(texts: Iterable[str], merges_up_to: int) -> Tokenizer:
    """A tokenizer of `merges_up_to` text tokens learned from `texts`, with special tokens after."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=merges_up_to,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    # faster-whisper suppresses the first token of " -" and " '": as tokens of their own they
    # keep the lone space out of that list.
    tokenizer.train_from_iterator([*(f" {text}" for text in texts), *[" - '"] * 5000], trainer)
    if tokenizer.get_vocab_size() != merges_up_to:
        raise ValueError(f"the texts give only {tokenizer.get_vocab_size()} tokens")
    tokenizer.add_special_tokens(
        [AddedToken(name, special=True, normalized=False) for name in _special_names()]
    )
    return tokenizer


def _special_names() -> list[str]:
    languages = [f"<|{code}|>" for code in _LANGUAGE_CODES]
    times = [f"<|{index * _TIMESTAMP_STEP_MS / 1000:.2f}|>" for index in range(_TIMESTAMPS)]
    return [
        "<|endoftext|>",
        "<|startoftranscript|>",
        *languages,
        "<|translate|>",
        "<|transcribe|>",
        "<|startoflm|>",
        "<|startofprev|>",
        "<|nospeech|>",
        "<|notimestamps|>",
        *times,
    ]


class Tokens:
    """Ids of the tokens that training and export need."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer
        self.end = self._id("<|endoftext|>")
        self.start = self._id("<|startoftranscript|>")
        self.transcribe = self._id("<|transcribe|>")
        self.no_speech = self._id("<|nospeech|>")
        self.no_timestamps = self._id("<|notimestamps|>")
        self.languages = {code: self._id(f"<|{code}|>") for code in _LANGUAGE_CODES}
        self._words: dict[str, list[int]] = {}

    @classmethod
    def load(cls, path: Path) -> Tokens:
        """Tokens of a saved `tokenizer.json`."""
        return cls(Tokenizer.from_file(str(path)))

    @property
    def count(self) -> int:
        """Number of tokens, special ones included."""
        return int(self.tokenizer.get_vocab_size())

    def word(self, text: str) -> list[int]:
        """Tokens of a word with the space before it."""
        if text not in self._words:
            self._words[text] = self.tokenizer.encode(f" {text}", add_special_tokens=False).ids
        return self._words[text]

    def time(self, at_ms: int) -> int:
        """The timestamp token nearest to `at_ms` among those that are taught."""
        steps = round(max(at_ms, 0) / _TAUGHT_STEP_MS) * (_TAUGHT_STEP_MS // _TIMESTAMP_STEP_MS)
        return self.no_timestamps + 1 + min(steps, _TIMESTAMPS - 1)

    def _id(self, name: str) -> int:
        found = self.tokenizer.token_to_id(name)
        if found is None:
            raise ValueError(f"the tokenizer lacks {name}")
        return int(found)
