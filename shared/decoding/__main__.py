"""The child process: reads untrusted sound from standard input, writes messages to standard output.

Started by `shared.decode` with an empty environment. Everything it needs is imported before it
takes its own rights away; after that it cannot open a file, a socket or a process.
"""

import json
import os
import resource
import sys

# PyAV imports codec contexts and streams when a file needs them; by then none can be opened.
import av
import av.audio.codeccontext
import av.audio.stream
import av.error
import av.logging
import av.subtitles.codeccontext
import av.subtitles.stream
import av.video.codeccontext
import av.video.stream

from shared.decoding.declared import DeclaredFormat
from shared.decoding.pcm import Probe, decode
from shared.decoding.refusal import Refusal
from shared.decoding.sound import Sound
from shared.decoding.wire import ALIVE, END, FRAME_HEADER, HEADER, PCM, READY, REFUSED, Request

_INPUT, _OUTPUT, _FIRST_FREE = 0, 1, 3


def main() -> int:
    """Do what the request in the command line says."""
    request = Request(**json.loads(sys.argv[1]))
    # FFmpeg would fill the error pipe with its opinions about the file.
    av.logging.set_level(av.logging.PANIC)
    av.logging.set_libav_level(av.logging.PANIC)
    declared = DeclaredFormat.parse(request.declared)
    _limit_self(request)
    _send(READY, b"")
    try:
        with open(_INPUT, "rb", buffering=0, closefd=False) as source:
            if request.rate_hz:
                header, blocks = decode(
                    Sound(source, request.max_seconds, declared), request.rate_hz
                )
                _send_json(HEADER, header)
                for block in blocks:
                    _send(PCM, block)
                _send_json(END, blocks.summary)
            else:
                probe = Probe(Sound(source, request.max_seconds, declared))
                for _ in probe:
                    _send(ALIVE, b"")
                _send_json(HEADER, probe.header)
                _send_json(END, probe.summary)
    except Refusal as refusal:
        _send_json(REFUSED, {"reason": refusal.reason, "detail": refusal.detail})
    except MemoryError:
        detail = f"decoding needs more than {request.memory_bytes} bytes of memory"
        _send_json(REFUSED, {"reason": "limits-exceeded", "detail": detail})
    except av.error.FFmpegError as error:
        detail = f"the sound cannot be read: {error.strerror}"
        _send_json(REFUSED, {"reason": "not-sound", "detail": detail})
    except BrokenPipeError:
        # The parent has gone or has had enough.
        return 1
    return 0


def _limit_self(request: Request) -> None:
    limits = {
        resource.RLIMIT_AS: request.memory_bytes,
        resource.RLIMIT_CPU: request.cpu_s,
        resource.RLIMIT_NOFILE: _FIRST_FREE,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_CORE: 0,
    }
    for kind, value in limits.items():
        resource.setrlimit(kind, (value, value))


def _send_json(kind: bytes, content: object) -> None:
    _send(kind, json.dumps(content).encode())


def _send(kind: bytes, content: bytes) -> None:
    view = memoryview(FRAME_HEADER.pack(kind, len(content)) + content)
    while view:
        view = view[os.write(_OUTPUT, view) :]


if __name__ == "__main__":
    sys.exit(main())
