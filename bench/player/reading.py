"""Ranged reads over one kept connection, counted without looking at the bytes."""

import random
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bench.player.serving import Target

_BUFFER_BYTES = 1 << 20


class Reader:
    """One keep-alive connection to a server."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._socket = socket.create_connection(("127.0.0.1", target.port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = bytearray(_BUFFER_BYTES)

    def read(self, first: int, length: int) -> float:
        """Read a range to its end; seconds until its first byte. SystemExit unless it is a 206."""
        headers = {"Host": "localhost"} | self._target.headers
        headers["Range"] = f"bytes={first}-{first + length - 1}"
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        begun = time.perf_counter()
        self._socket.sendall(f"GET {self._target.path} HTTP/1.1\r\n{lines}\r\n".encode())
        head = b""
        while b"\r\n\r\n" not in head or head.endswith(b"\r\n\r\n"):
            piece = self._socket.recv(65536)
            if not piece:
                break
            head += piece
        first_byte_s = time.perf_counter() - begun
        head, _, body = head.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 206"):
            raise SystemExit(f"{self._target.path}: {head[:200].decode(errors='replace')}")
        left = length - len(body)
        view = memoryview(self._buffer)
        while left > 0:
            count = self._socket.recv_into(view[: min(left, _BUFFER_BYTES)])
            if not count:
                raise SystemExit(f"{self._target.path}: the connection broke off")
            left -= count
        return first_byte_s

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()


@contextmanager
def reader(target: Target) -> Iterator[Reader]:
    """A reader that is closed at the end."""
    opened = Reader(target)
    try:
        yield opened
    finally:
        opened.close()


def mib_per_s(target: Target, size_bytes: int, *, range_bytes: int, times: int) -> float:
    """Throughput of ranged reads at random places, one after the other: the median of `times`."""
    rng = random.Random(5)
    rates = []
    with reader(target) as opened:
        opened.read(0, range_bytes)
        for _ in range(times):
            begun = time.perf_counter()
            opened.read(rng.randrange(size_bytes - range_bytes), range_bytes)
            rates.append(range_bytes / (time.perf_counter() - begun))
    return sorted(rates)[times // 2] / (1 << 20)


def first_byte_p95_ms(target: Target, size_bytes: int, *, times: int) -> float:
    """Time to the first byte of 64 KiB at random places: 95 of 100 are not longer."""
    rng = random.Random(7)
    with reader(target) as opened:
        opened.read(0, 65536)
        waited = sorted(opened.read(rng.randrange(size_bytes - 65536), 65536) for _ in range(times))
    return waited[int(times * 0.95)] * 1000
