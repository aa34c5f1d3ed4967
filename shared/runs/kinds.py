"""The kinds of runs as a table, and the states of a run and of its chunks."""

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class RunState(StrEnum):
    """Where a run stands; `done`, `failed`, `cancelled` and `undone` are ends of it."""

    PLANNING = "planning"
    """Its subjects are being cut into chunks."""
    RUNNING = "running"
    PAUSED = "paused"
    CLOSING = "closing"
    """Every chunk is done; what it may have missed is looked for."""
    DONE = "done"
    FAILED = "failed"
    """It stopped for the reason that its error says, and can be resumed."""
    CANCELLED = "cancelled"
    UNDOING = "undoing"
    UNDONE = "undone"


UNFINISHED = (
    RunState.PLANNING,
    RunState.RUNNING,
    RunState.PAUSED,
    RunState.CLOSING,
    RunState.UNDOING,
)


class ChunkState(StrEnum):
    """Whether a chunk's work is still to do, stands, or was taken back."""

    WAITING = "waiting"
    DONE = "done"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class RunKind:
    """One kind of run; its name is also the kind of the jobs that work on its chunks.

    `subject` is what the ids of its chunks are of, `chunk_size` how many one transaction takes at
    most.
    `undo` names the kind of job that takes a chunk back, empty where nothing can. `looks_back`: an
    applied run looks for what it missed before it closes. `planner` is the kind of the job that
    plans and closes the run. `alone`: one applied run of the kind at a time.
    """

    name: str
    subject: str
    chunk_size: int
    undo: str = ""
    looks_back: bool = False
    planner: str = "run"
    alone: bool = True


RETAG = RunKind("retag", subject="contact", chunk_size=4096, undo="undo", looks_back=True)

RETRANSCRIBE = RunKind(
    "retranscribe",
    subject="recording",
    # A killed worker loses so many recognitions, and a new call waits for so many.
    chunk_size=4,
)

DESTROY = RunKind(
    "destroy",
    subject="recording",
    # On SQLite everybody who writes waits for the transaction that takes their rows away.
    chunk_size=50,
    looks_back=True,
    planner="destroy-run",
    # Whoever asks for one call to be destroyed does not wait for a retention that takes all day.
    alone=False,
)

KINDS = MappingProxyType({kind.name: kind for kind in (RETAG, RETRANSCRIBE, DESTROY)})
