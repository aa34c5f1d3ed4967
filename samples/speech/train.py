"""Makes the demo model from nothing: pools, tokens, three stages of training, installation."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from samples.speech.pool import Line, write_pool
from samples.speech.random_lines import random_lines
from samples.speech.sentences import template_lines
from samples.speech.tokens import train_tokenizer

_TEXT_TOKENS = 1500
_STAGES = {
    "encoder": (
        "--rate 1.5e-3 --final-share 0.4 --longest-ms 6000 --most-utterances 1 --cut-share 0.3"
        " --padding-samples 24 --batch-ms 64000"
    ),
    "short": (
        "--rate 1.5e-3 --final-share 0.5 --longest-ms 5000 --shortest-target-ms 800"
        " --most-utterances 2 --cut-share 0.08 --padding-samples 24 --batch-ms 36000"
        " --phone-weight 1.5 --guide-weight 1.0"
    ),
    "calls": (
        "--rate 1.2e-3 --final-share 0.02 --longest-ms 8000 --shortest-target-ms 1500"
        " --most-utterances 4 --cut-share 0.1 --padding-samples 32 --batch-ms 40000"
        " --phone-weight 0.7 --guide-weight 0.6"
    ),
}


def main() -> None:
    """Run what has not been done yet in the work folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=Path("build/speech"))
    parser.add_argument("--pools", type=int, default=3, help="how many times to speak")
    parser.add_argument("--sentences", type=int, default=20_000, help="in a pool")
    parser.add_argument("--minutes", type=float, nargs=3, default=(15, 30, 120), help="by stage")
    options = parser.parse_args()
    work: Path = options.work
    for number in range(options.pools):
        folder = work / "pools" / str(number)
        if not (folder / "pcm.i16").exists():
            write_pool(_lines(options.sentences, number), folder, number)
    tokenizer = work / "tokenizer.json"
    if not tokenizer.exists():
        texts = (line.text.translate(_NO_PUNCTUATION) for line in _lines(options.sentences, 1000))
        train_tokenizer(texts, _TEXT_TOKENS).save(str(tokenizer))
    before: Path | None = None
    for (stage, settings), minutes in zip(_STAGES.items(), options.minutes, strict=True):
        checkpoint = work / f"{stage}.pt"
        if not (work / f"{stage}.done").exists():
            _run(
                "samples.speech.stage",
                *("--pools", str(work / "pools"), "--save-to", str(checkpoint)),
                *("--minutes", str(minutes), *settings.split()),
                *(("--start-from", str(before)) if before else ()),
                *(("--tokenizer", str(tokenizer)) if stage != "encoder" else ()),
            )
            (work / f"{stage}.done").touch()
        before = checkpoint
    _run(
        "samples.speech.install",
        *("--checkpoint", str(before), "--tokenizer", str(tokenizer)),
    )


_NO_PUNCTUATION = str.maketrans("", "", ",.?!")


def _lines(count: int, seed: int) -> Iterator[Line]:
    rng = np.random.default_rng(seed)
    lines = [
        *template_lines("ru", count * 4 // 10, rng),
        *random_lines("ru", count * 3 // 10, rng),
        *template_lines("en", count * 2 // 10, rng),
        *random_lines("en", count // 10, rng),
    ]
    return (lines[place] for place in rng.permutation(len(lines)))


def _run(module: str, *arguments: str) -> None:
    subprocess.run([sys.executable, "-m", module, *arguments], check=True)


if __name__ == "__main__":
    main()
