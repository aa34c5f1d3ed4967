"""Makes the sample calls again from their scripts: `python -m samples.calls.make [NAME ...]`.

Needs espeak-ng. The same scripts and the same espeak-ng give the same samples, bit for bit.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from samples.calls.layout import lay_out
from samples.calls.manifest import call_document, truth_document
from samples.calls.script import FOLDER, call_names, read_people, read_script, read_sources
from samples.calls.sound import write_sound
from samples.calls.table import write_table
from samples.calls.timeline import Stretch, parties, place_leg


def make_call(name: str, target: Path) -> list[Path]:
    """Write sound, `call.json` and `truth.json` of one call into `target`; returns their paths."""
    script, people = read_script(name), read_people()
    stretches = [place_leg(script, leg, people) for leg in script.legs]
    spans = _leg_spans(script.wait_ms, stretches)
    target.mkdir(parents=True, exist_ok=True)
    plans, written = [], []
    if script.recording is not None:
        starts = [start_ms for start_ms, _ in spans]
        source = read_sources()[script.source]
        for made in lay_out(name, script.recording, source, parties(script), stretches, starts):
            path = target / made.plan.file
            write_sound(path, made.channels, script.recording.sound)
            written.append(path)
            plans.append(made.plan)
    call = call_document(name, script, people, spans, plans)
    written.append(_write_json(target / "call.json", call))
    written.append(_write_json(target / "truth.json", truth_document(script, plans)))
    return written


def make_calls(names: list[str], target: Path) -> int:
    """Make the calls named into folders of `target`; returns the bytes written."""
    # espeak-ng carries state from one utterance to the next: a fresh process for each call keeps
    # its sound independent of which calls were made before it.
    with ProcessPoolExecutor(
        max_workers=os.cpu_count(),
        mp_context=multiprocessing.get_context("spawn"),
        max_tasks_per_child=1,
    ) as pool:
        results = pool.map(make_call, names, [target / name for name in names])
        return sum(path.stat().st_size for paths in results for path in paths)


def _leg_spans(wait_ms: int, stretches: list[Stretch]) -> list[tuple[int, int]]:
    """Start and end of each leg since the contact's start; the first begins after the waiting."""
    spans, at_ms = [], wait_ms
    for stretch in stretches:
        spans.append((at_ms, at_ms + stretch.duration_ms))
        at_ms += stretch.duration_ms
    return spans


def _write_json(path: Path, document: dict[str, Any]) -> Path:
    text = json.dumps(document, ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def main(arguments: list[str]) -> int:
    """Make the calls named, or all of them."""
    names = arguments or call_names()
    unknown = sorted(set(names) - set(call_names()))
    if unknown:
        print(f"no such call: {', '.join(unknown)}", file=sys.stderr)
        return 2
    size_bytes = make_calls(names, FOLDER)
    write_table()
    print(f"{len(names)} calls, {size_bytes / 1e6:.2f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
