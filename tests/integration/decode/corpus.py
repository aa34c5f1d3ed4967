"""Broken files of sound, the same on every run: each seed of every format, mutated in every way."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from shared.decode import DeclaredFormat
from tests.integration.decode.sounds import amr
from tests.integration.decode.test_formats import FORMATS, RAW

_EXTREMES = tuple(
    number.to_bytes(4, order)
    for number in (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
    for order in ("big", "little")
)
# Where headers stand in all of our formats.
_HEADER_BYTES = 128


@dataclass(frozen=True, slots=True)
class Broken:
    """One broken file; `declared` is what its sender would say of it."""

    name: str
    content: bytes
    declared: DeclaredFormat | None = None


SEEDS: dict[str, tuple[bytes, DeclaredFormat | None]] = {
    **{name: (row[0], None) for name, row in FORMATS.items()},
    "amr-nb": (amr(100), None),
    "amr-wb": (amr(100, wide=True), None),
    **{f"raw-{name}": row for name, row in RAW.items()},
}

Mutation = Callable[[random.Random, bytearray], bytes]


def _flip_anywhere(chance: random.Random, file: bytearray) -> bytes:
    for _ in range(chance.randint(1, 20)):
        file[chance.randrange(len(file))] ^= 1 << chance.randrange(8)
    return bytes(file)


def _flip_in_the_header(chance: random.Random, file: bytearray) -> bytes:
    for _ in range(chance.randint(1, 4)):
        file[chance.randrange(min(_HEADER_BYTES, len(file)))] ^= 1 << chance.randrange(8)
    return bytes(file)


def _extreme_number_in_the_header(chance: random.Random, file: bytearray) -> bytes:
    place = chance.randrange(4, min(_HEADER_BYTES, len(file) - 4))
    file[place : place + 4] = chance.choice(_EXTREMES)
    return bytes(file)


def _extreme_number_at_the_end(chance: random.Random, file: bytearray) -> bytes:
    """Where m4a and webm keep their tables, and Ogg its last page."""
    place = len(file) - 4 - chance.randrange(min(4 * _HEADER_BYTES, len(file) - 4))
    file[place : place + 4] = chance.choice(_EXTREMES)
    return bytes(file)


def _cut_short(chance: random.Random, file: bytearray) -> bytes:
    return bytes(file[: chance.randrange(1, len(file))])


def _cut_out(chance: random.Random, file: bytearray) -> bytes:
    start, end = _stretch(chance, file)
    return bytes(file[:start] + file[end:])


def _twice(chance: random.Random, file: bytearray) -> bytes:
    start, end = _stretch(chance, file)
    return bytes(file[:end] + file[start:])


def _zeros(chance: random.Random, file: bytearray) -> bytes:
    start, end = _stretch(chance, file)
    file[start:end] = bytes(end - start)
    return bytes(file)


def _noise(chance: random.Random, file: bytearray) -> bytes:
    start, end = _stretch(chance, file)
    file[start:end] = chance.randbytes(end - start)
    return bytes(file)


def _backwards(chance: random.Random, file: bytearray) -> bytes:
    start, end = _stretch(chance, file)
    return bytes(file[:start] + file[end:] + file[start:end])


def _other_end(chance: random.Random, file: bytearray) -> bytes:
    """The beginning of one format and the end of another."""
    other = chance.choice([content for content, _ in SEEDS.values()])
    return bytes(file[: chance.randrange(1, len(file))]) + other[chance.randrange(len(other)) :]


def _other_behind(chance: random.Random, file: bytearray) -> bytes:
    """A whole file behind a whole file, as loggers that append do."""
    return bytes(file) + chance.choice([content for content, _ in SEEDS.values()])


MUTATIONS: tuple[Mutation, ...] = (
    _flip_anywhere,
    _flip_in_the_header,
    _extreme_number_in_the_header,
    _extreme_number_at_the_end,
    _cut_short,
    _cut_out,
    _twice,
    _zeros,
    _noise,
    _backwards,
    _other_end,
    _other_behind,
)


def broken_files(seed: str) -> Iterator[Broken]:
    """One seed mutated in every way."""
    content, declared = SEEDS[seed]
    for mutation in MUTATIONS:
        name = f"{seed}{mutation.__name__.replace('_', '-')}"
        yield Broken(name, mutation(random.Random(name), bytearray(content)), declared)


def _stretch(chance: random.Random, file: bytearray) -> tuple[int, int]:
    start = chance.randrange(len(file))
    return start, chance.randint(start + 1, len(file))
