"""Exports a checkpoint, chooses its alignment heads, and installs it if it is the better one."""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from pathlib import Path

import torch

from samples.speech.check import check, check_channels
from samples.speech.export import export

_MODEL = Path(__file__).parents[1] / "model"


def main() -> None:
    """Read the options, measure the new and the installed model, keep the better."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--each", type=int, default=8, help="check channels of each kind")
    parser.add_argument("--heads", help="alignment heads as layer:head,…; chosen if not given")
    parser.add_argument("--force", action="store_true", help="install without comparing")
    options = parser.parse_args()
    channels = list(check_channels(options.each))
    with tempfile.TemporaryDirectory() as scratch:
        new = Path(scratch) / "model"
        candidates = [options.heads] if options.heads else ["1:0", "0:0", "0:0,1:0"]
        version = _next_version()
        best: tuple[float, str] | None = None
        for heads in candidates:
            pairs = [(int(pair[0]), int(pair[2])) for pair in heads.split(",")]
            export(options.checkpoint, options.tokenizer, new, pairs, version)
            few = channels if len(candidates) == 1 else channels[:: max(options.each // 2, 1)]
            score = check(new, few)
            print(f"heads {heads:8} {score.line()}", flush=True)
            badness = score.mean_wer + score.start_error_ms / 2000
            if best is None or badness < best[0]:
                best = (badness, heads)
        assert best is not None
        pairs = [(int(pair[0]), int(pair[2])) for pair in best[1].split(",")]
        export(options.checkpoint, options.tokenizer, new, pairs, version)
        score = check(new, channels)
        print(f"new        {score.line()}", flush=True)
        if (_MODEL / "model.bin").exists() and not options.force:
            old = check(_MODEL, channels)
            print(f"installed  {old.line()}", flush=True)
            if old.mean_wer <= score.mean_wer:
                print("the installed model stays")
                return
        for path in new.iterdir():
            shutil.copyfile(path, _MODEL / path.name)
        print(f"installed version {version} in {_MODEL}")


def _next_version() -> str:
    path = _MODEL / "tematika.json"
    if not path.exists():
        return "1"
    return str(int(json.loads(path.read_text(encoding="utf-8"))["version"]) + 1)


if __name__ == "__main__":
    torch.set_num_threads(2)
    main()
