"""Many listeners at once, each hearing sound at its own pace and seeking now and then."""

import asyncio
import random
import time
from dataclasses import dataclass, field
from pathlib import Path

from bench.player.serving import Target

PACE_BYTES_PER_S = 8_000
SEEK_EVERY_S = 10.0
_TICK_S = 0.5
# What a player has buffered when it starts: so much later than in real time a byte may come.
_LATE_S = 2.0


@dataclass
class Heard:
    """What all listeners together got."""

    waits_ms: list[float] = field(default_factory=list)
    bytes_read: int = 0
    errors: list[str] = field(default_factory=list)


def listen(target: Target, sound: Path, *, listeners: int, seconds: float) -> Heard:
    """Let `listeners` hear `sound` at 64 kbit/s each with a seek every 10 s; compare every byte."""
    content = sound.read_bytes()
    heard = Heard()

    async def all_of_them() -> None:
        end = time.monotonic() + seconds
        await asyncio.gather(
            *(_listener(target, content, heard, end, random.Random(n)) for n in range(listeners))
        )

    asyncio.run(all_of_them())
    return heard


async def _listener(
    target: Target, content: bytes, heard: Heard, end: float, rng: random.Random
) -> None:
    # Not everybody presses play in the same instant.
    await asyncio.sleep(rng.uniform(0, SEEK_EVERY_S))
    while time.monotonic() < end:
        position = rng.randrange(len(content) // 2)
        until = min(end, time.monotonic() + SEEK_EVERY_S)
        try:
            await _play(target, content, heard, position, until)
        except (OSError, asyncio.IncompleteReadError, ValueError, TimeoutError) as error:
            heard.errors.append(f"{type(error).__name__}: {error}")


async def _play(target: Target, content: bytes, heard: Heard, position: int, until: float) -> None:
    """Hear on from `position`, asking for the rest again whenever an answer ends before it."""
    begun, start = time.monotonic(), position
    while time.monotonic() < until:
        asked = time.perf_counter()
        # A browser that seeks gives the connection up.
        stream, writer = await asyncio.open_connection("127.0.0.1", target.port, limit=1 << 15)
        try:
            lines = "".join(f"{name}: {value}\r\n" for name, value in target.headers.items())
            writer.write(
                f"GET {target.path} HTTP/1.1\r\nHost: localhost\r\n{lines}"
                f"Range: bytes={position}-\r\n\r\n".encode()
            )
            head = (await asyncio.wait_for(stream.readuntil(b"\r\n\r\n"), 30)).decode()
            heard.waits_ms.append((time.perf_counter() - asked) * 1000)
            if not head.startswith("HTTP/1.1 206"):
                raise ValueError(head.splitlines()[0])
            length = next(
                int(line.partition(":")[2])
                for line in head.splitlines()
                if line.lower().startswith("content-length")
            )
            answer_end = position + length
            while position < answer_end and time.monotonic() < until:
                wanted = int(min(PACE_BYTES_PER_S * _TICK_S, answer_end - position))
                piece = await asyncio.wait_for(stream.readexactly(wanted), 30)
                if piece != content[position : position + wanted]:
                    raise ValueError(f"wrong bytes at {position}")
                position += wanted
                heard.bytes_read += wanted
                due = begun + (position - start) / PACE_BYTES_PER_S
                late_s = time.monotonic() - due
                if late_s > _LATE_S:
                    raise ValueError(f"{late_s:.1f} s late")
                await asyncio.sleep(max(0, -late_s))
        finally:
            writer.close()
