"""One stage of training on the CPU: the encoder on phonemes, or the whole model.

Two processes of one thread each share the work: they keep two cores busy better than one
process of two threads.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import queue
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, multiprocessing
from torch.nn import functional

from samples.speech.batches import IGNORED, Batch, Batcher, phone_classes
from samples.speech.model import Size, SpeechModel
from samples.speech.optimiser import Optimiser
from samples.speech.pool import read_pool
from samples.speech.tokens import Tokens
from samples.speech.windows import Mixture, Window, WindowMaker


@dataclass(frozen=True)
class Plan:
    """One stage of training; times in minutes of wall clock, lengths of windows in ms."""

    pools: str
    start_from: str | None
    save_to: str
    tokenizer: str | None
    minutes: float
    rate: float
    matrix_share: float
    final_share: float
    batch_ms: int
    longest_ms: int
    shortest_target_ms: int
    most_utterances: int
    cut_share: float
    padding_samples: int
    phone_weight: float
    guide_weight: float
    dropout: float
    seed: int
    processes: int
    save_every: int
    width: int
    encoder_layers: int
    decoder_layers: int


def main() -> None:
    """Read the options and run one stage."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pools", required=True, help="folder of pools; read again as it grows")
    parser.add_argument("--start-from", help="checkpoint to continue from")
    parser.add_argument("--save-to", required=True)
    parser.add_argument("--tokenizer", help="tokenizer.json; without it only phonemes are learned")
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--matrix-share", type=float, default=1.0, help="Muon's rate to Adam's")
    parser.add_argument("--final-share", type=float, default=0.03)
    parser.add_argument("--batch-ms", type=int, default=64_000, help="sound in a process's step")
    parser.add_argument("--longest-ms", type=int, default=8000)
    parser.add_argument("--shortest-target-ms", type=int, default=1500)
    parser.add_argument("--most-utterances", type=int, default=4)
    parser.add_argument("--cut-share", type=float, default=0.1)
    parser.add_argument("--padding-samples", type=int, default=40)
    parser.add_argument("--phone-weight", type=float, default=0.3)
    parser.add_argument("--guide-weight", type=float, default=0.3)
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--save-every", type=int, default=100)
    parser.add_argument("--width", type=int, default=192)
    parser.add_argument("--encoder-layers", type=int, default=4)
    parser.add_argument("--decoder-layers", type=int, default=2)
    plan = Plan(**vars(parser.parse_args()))
    os.environ.setdefault("MASTER_ADDR", "127.0.0.1")
    os.environ.setdefault("MASTER_PORT", "29533")
    multiprocessing.spawn(_work, args=(plan,), nprocs=plan.processes)


def _work(rank: int, plan: Plan) -> None:
    torch.set_num_threads(1)
    torch.manual_seed(plan.seed + rank)
    dist.init_process_group("gloo", rank=rank, world_size=plan.processes)
    tokens = Tokens.load(Path(plan.tokenizer)) if plan.tokenizer else None
    model, average, phones = _model(plan, tokens)
    for parameter in model.parameters():
        dist.broadcast(parameter.data, 0)
    if tokens is None:
        # Without text nothing reaches the decoder.
        model.decoder.requires_grad_(requires_grad=False)
    windows = Windows(plan, np.random.default_rng(plan.seed * 1000 + rank))
    batches = Prefetched(windows, Batcher(phones, tokens, np.random.default_rng(rank)))
    optimiser = Optimiser(model, rank, plan.processes)
    began = time.monotonic()
    step, means = 0, Means()
    while True:
        share = torch.tensor((time.monotonic() - began) / 60 / plan.minutes)
        dist.broadcast(share, 0)
        if float(share) >= 1:
            break
        rate = plan.rate * _schedule(float(share), step, plan.final_share)
        losses = _step(model, batches.next(), plan, with_text=tokens is not None)
        losses["all"].backward()
        _share_gradients(model, plan.processes)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step(rate, rate * plan.matrix_share)
        step += 1
        _follow(average, model, step)
        means.add(losses)
        if rank == 0 and step % 20 == 0:
            minutes = (time.monotonic() - began) / 60
            print(f"{minutes:6.1f} min  step {step:5d}  lr {rate:.1e}  {means.line()}", flush=True)
        if rank == 0 and step % plan.save_every == 0:
            _save(Path(plan.save_to), model, average, phones)
    if rank == 0:
        _save(Path(plan.save_to), model, average, phones)
        print("done", flush=True)


def _schedule(share: float, step: int, final_share: float) -> float:
    cosine = final_share + (1 - final_share) * 0.5 * (1 + math.cos(math.pi * share))
    return min(1.0, (step + 1) / 40) * cosine


def _model(
    plan: Plan, tokens: Tokens | None
) -> tuple[SpeechModel, dict[str, Tensor], dict[str, int]]:
    saved = torch.load(plan.start_from, weights_only=True) if plan.start_from else None
    if saved is not None:
        phones = saved["phones"]
    else:
        counts: Counter[str] = Counter()
        for folder in _pool_folders(Path(plan.pools)):
            for utterance in read_pool(folder)[0]:
                counts.update(
                    f"{utterance.language} {name}"
                    for name, _ in utterance.phones
                    if not name.startswith("_")
                )
        phones = phone_classes(dict(counts), 100)
    size = Size(
        vocabulary=tokens.count if tokens else 1,
        phones=len(phones) + 1,
        width=plan.width,
        heads=plan.width // 64,
        encoder_layers=plan.encoder_layers,
        decoder_layers=plan.decoder_layers,
    )
    model = SpeechModel(size, plan.dropout)
    if saved is not None:
        own = model.state_dict()
        fitting = {
            name: value
            for name, value in saved["average"].items()
            if name in own and own[name].shape == value.shape
        }
        model.load_state_dict(fitting, strict=False)
    average = {name: value.clone() for name, value in model.state_dict().items()}
    return model, average, phones


def _pool_folders(root: Path) -> list[Path]:
    return sorted(path.parent for path in root.glob("*/pcm.i16"))


def _step(model: SpeechModel, batch: Batch, plan: Plan, *, with_text: bool) -> dict[str, Tensor]:
    sound, bias = model.encoder(batch.mel, plan.padding_samples)
    phones = model.phones(sound[:, : batch.phones.shape[1]])
    losses = {
        "phone": functional.cross_entropy(
            phones.flatten(0, 1), batch.phones.flatten(), ignore_index=IGNORED
        )
    }
    if not with_text:
        return {"all": losses["phone"], **losses}
    scores, weights = model.decoder(batch.tokens, sound, bias)
    losses["text"] = functional.cross_entropy(
        scores.flatten(0, 1), batch.targets.flatten(), ignore_index=IGNORED
    )
    losses["guide"] = _guide(weights, batch.heard)
    losses["all"] = (
        losses["text"] + plan.phone_weight * losses["phone"] + plan.guide_weight * losses["guide"]
    )
    return losses


def _guide(weights: list[Tensor], heard: Tensor) -> Tensor:
    """How little the first head of each layer looks at where the next token sounds."""
    places = torch.arange(weights[0].shape[-1])
    inside = (places >= heard[..., :1]) & (places <= heard[..., 1:])
    known = heard[..., 0] >= 0
    total = torch.zeros(())
    for layer in weights:
        seen = (layer[:, 0] * inside).sum(-1)[known]
        total = total - (seen + 1e-4).log().mean()
    return total / len(weights)


def _share_gradients(model: SpeechModel, processes: int) -> None:
    if processes == 1:
        return
    gradients = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
    flat = torch.cat([gradient.flatten() for gradient in gradients])
    dist.all_reduce(flat)
    flat /= processes
    at = 0
    for gradient in gradients:
        count = gradient.numel()
        gradient.copy_(flat[at : at + count].view_as(gradient))
        at += count


def _follow(average: dict[str, Tensor], model: SpeechModel, step: int) -> None:
    keep = min(0.998, step / (step + 10))
    with torch.no_grad():
        for name, value in model.state_dict().items():
            average[name].lerp_(value, 1 - keep)


def _save(
    path: Path, model: SpeechModel, average: dict[str, Tensor], phones: dict[str, int]
) -> None:
    part = path.with_suffix(".part")
    torch.save(
        {
            "size": json.dumps(asdict(model.size)),
            "phones": phones,
            "average": average,
            "current": model.state_dict(),
        },
        part,
    )
    part.rename(path)


class Means:
    """Running means of the losses for the log."""

    def __init__(self) -> None:
        self._values: dict[str, float] = {}

    def add(self, losses: dict[str, Tensor]) -> None:
        """Take in one step."""
        for name, loss in losses.items():
            value = float(loss.detach())
            self._values[name] = 0.95 * self._values.get(name, value) + 0.05 * value

    def line(self) -> str:
        """The means as text."""
        return "  ".join(f"{name} {value:.3f}" for name, value in self._values.items())


class Windows:
    """Groups of windows of like length from all pools; new pools join as they appear."""

    def __init__(self, plan: Plan, rng: np.random.Generator) -> None:
        self._plan = plan
        self._rng = rng
        self._makers: dict[Path, tuple[WindowMaker, int]] = {}

    def groups(self) -> Iterator[list[Window]]:
        """Endless groups of windows that together last about the plan's `batch_ms`."""
        while True:
            self._look_for_pools()
            folders = sorted(self._makers)
            sizes = np.array([self._makers[folder][1] for folder in folders], dtype=float)
            drawn = [
                self._makers[folders[int(place)]][0].draw()
                for place in self._rng.choice(len(folders), 192, p=sizes / sizes.sum())
            ]
            drawn.sort(key=lambda window: window.pcm.size)
            groups: list[list[Window]] = [[]]
            for window in drawn:
                if (len(groups[-1]) + 1) * window.pcm.size > 16 * self._plan.batch_ms:
                    groups.append([])
                groups[-1].append(window)
            for place in self._rng.permutation(len(groups)):
                if groups[place]:
                    yield groups[place]

    def _look_for_pools(self) -> None:
        plan = self._plan
        mixture = Mixture(
            plan.longest_ms, plan.shortest_target_ms, plan.cut_share, plan.most_utterances
        )
        for folder in _pool_folders(Path(plan.pools)):
            if folder in self._makers:
                continue
            utterances, sound = read_pool(folder)
            short = [
                utterance for utterance in utterances if utterance.size < 7.5 * plan.longest_ms
            ]
            self._makers[folder] = (WindowMaker(short, sound, mixture, self._rng), len(short))


class Prefetched:
    """Batches made by a thread while the previous step is computed."""

    def __init__(self, windows: Windows, batcher: Batcher) -> None:
        self._queue: queue.Queue[Batch] = queue.Queue(3)
        self._windows, self._batcher = windows, batcher
        threading.Thread(target=self._fill, daemon=True).start()

    def _fill(self) -> None:
        for group in self._windows.groups():
            self._queue.put(self._batcher.batch(group))

    def next(self) -> Batch:
        """The next batch."""
        return self._queue.get()


if __name__ == "__main__":
    main()
