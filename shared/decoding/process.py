"""The parent's side of the decoding child: starting it, reading its messages, ending it."""

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self, cast

from shared.decoding.declared import DeclaredFormat
from shared.decoding.limits import DecodeLimits
from shared.decoding.wire import (
    ALIVE,
    END,
    FRAME_HEADER,
    HEADER,
    MESSAGE_LIMIT_BYTES,
    PCM,
    READY,
    REFUSED,
    Request,
)
from shared.errors import StorageFull, TematikaError, UnsupportedSound

_PACKAGE_ROOT = Path(__file__).resolve().parents[2]
_READ_BYTES = 1 << 18


class DecodingChild:
    """One run of the child, with the file as its standard input, read message by message."""

    def __init__(
        self,
        source: Path | bytes,
        limits: DecodeLimits,
        *,
        rate_hz: int,
        declared: DeclaredFormat | None,
    ) -> None:
        self._limits = limits
        self.summary: dict[str, float] = {}
        request = Request(
            rate_hz=rate_hz,
            max_seconds=limits.max_seconds,
            memory_bytes=limits.memory_bytes,
            cpu_s=limits.cpu_s,
            declared=str(declared or ""),
        )
        with _opened(source) as file:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-E",
                    "-s",
                    "-B",
                    "-m",
                    "shared.decoding",
                    json.dumps(asdict(request)),
                ],
                stdin=file,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=_PACKAGE_ROOT,
                env={},
                bufsize=0,
                # A Ctrl-C for the parent must not look like a file that crashes the decoder.
                start_new_session=True,
            )
        self._output = cast("BinaryIO", self._process.stdout)
        self._complaints = cast("BinaryIO", self._process.stderr)
        self._ready = False
        try:
            kind, _ = self._message()
            if kind != READY:
                raise TematikaError("the decoder process does not keep to its protocol")
            self._ready = True
            self.header = self._json(*self._message(), expected=HEADER)
        except BaseException:
            self.close()
            raise

    def next_pcm(self) -> bytearray | None:
        """The next PCM, or None after the last."""
        if self.summary:
            return None
        try:
            kind, content = self._message()
            if kind == PCM:
                return content
            self._end(kind, content)
        except BaseException:
            self.close()
            raise
        return None

    def expect_end(self) -> None:
        """Take the message that ends a probe."""
        self._end(*self._message())

    def close(self) -> None:
        """Kill the child if it runs, and leave no zombie and no pipe."""
        process = self._process
        if process.returncode is None:
            process.kill()
            process.wait()
        self._output.close()
        self._complaints.close()

    def __enter__(self) -> Self:
        """Itself; leaving ends the child."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Kill the child if it runs."""
        self.close()

    def _end(self, kind: bytes, content: bytearray) -> None:
        summary = self._json(kind, content, expected=END)
        self.summary = {name: float(summary[name]) for name in ("seconds", "damaged_seconds")}

    def _json(self, kind: bytes, content: bytearray, *, expected: bytes) -> dict[str, Any]:
        try:
            message = json.loads(content)
        except ValueError:
            message = None
        if isinstance(message, dict) and kind == REFUSED:
            raise UnsupportedSound(str(message["reason"]), str(message["detail"]))
        if not isinstance(message, dict) or kind != expected:
            raise UnsupportedSound("limits-exceeded", "the decoder does not keep to its protocol")
        return message

    def _message(self) -> tuple[bytes, bytearray]:
        kind = ALIVE
        while kind == ALIVE:
            kind, size = FRAME_HEADER.unpack(self._read(FRAME_HEADER.size))
        if size > MESSAGE_LIMIT_BYTES:
            raise UnsupportedSound("limits-exceeded", "the decoder sent an oversized message")
        return kind, self._read(size)

    def _read(self, size: int) -> bytearray:
        descriptor = self._output.fileno()
        waiting = select.poll()
        waiting.register(descriptor, select.POLLIN)
        content = bytearray()
        while len(content) < size:
            if not waiting.poll(self._limits.stall_s * 1000):
                detail = f"the decoder was silent for {self._limits.stall_s:g} s"
                raise UnsupportedSound("limits-exceeded", detail)
            piece = os.read(descriptor, min(size - len(content), _READ_BYTES))
            if not piece:
                raise self._death()
            content += piece
        return content

    def _death(self) -> TematikaError:
        """Why the child ended without a last message."""
        status = self._process.wait()
        if not self._ready:
            return TematikaError(f"the decoder process does not start: {self._last_line()}")
        if status in {-signal.SIGXCPU, -signal.SIGKILL}:
            detail = f"decoding needs more than {self._limits.cpu_s} s of CPU time, or was killed"
            return UnsupportedSound("limits-exceeded", detail)
        if status < 0:
            detail = f"the decoder crashed on this file ({signal.Signals(-status).name})"
            return UnsupportedSound("limits-exceeded", detail)
        return UnsupportedSound(
            "not-sound", f"the decoder failed on this file: {self._last_line()}"
        )

    def _last_line(self) -> str:
        os.set_blocking(self._complaints.fileno(), False)
        said = (self._complaints.read(65536) or b"").decode(errors="replace").strip()
        return said.rpartition("\n")[2][:200]


def _opened(source: Path | bytes) -> BinaryIO:
    """An open file with the sound: containers such as m4a are read back and forth."""
    if isinstance(source, Path):
        return source.open("rb")
    file = tempfile.TemporaryFile()  # noqa: SIM115  the caller closes it
    try:
        file.write(source)
        file.flush()
        file.seek(0)
    except OSError as error:
        file.close()
        raise StorageFull(f"no room for a temporary file: {error.strerror}") from error
    return file
