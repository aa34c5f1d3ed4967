"""The pipeline as tables: its stages, who works on them, in which order, and the states of a job."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from types import MappingProxyType


class JobState(StrEnum):
    """State of one stage of one subject; the last three are final until somebody asks again."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


FINAL_STATES = frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED})


def busy_ms(state: str, started_at_ms: int | None, finished_at_ms: int | None) -> int | None:
    """How long the last attempt of a done job took; None for a job in any other state."""
    if state != JobState.DONE or started_at_ms is None or finished_at_ms is None:
        return None
    return max(0, finished_at_ms - started_at_ms)


class Priority(IntEnum):
    """Urgency of a job; a smaller number goes first."""

    ASKED = 0
    """Somebody waits for it."""
    NEW = 1
    """A call that just came in."""
    HAND = 2
    """Started by a person, not waited for."""
    RUNS = 3
    """Part of a bulk run."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One kind of job: which worker does it, on what, and the stages that its success starts."""

    kind: str
    worker: str
    subject: str
    follows: tuple[str, ...] = ()


STAGES = MappingProxyType(
    {
        stage.kind: stage
        for stage in (
            # Where the account denoises everything, the kind of its strength follows too.
            Stage("playback", worker="player", subject="recording", follows=("tag",)),
            Stage("denoise-light", worker="player", subject="recording"),
            Stage("denoise-medium", worker="player", subject="recording"),
            Stage("denoise-strong", worker="player", subject="recording"),
            Stage("transcribe", worker="transcribe", subject="recording", follows=("tag",)),
            Stage("tag", worker="topics", subject="contact"),
            Stage("relabel", worker="transcribe", subject="source", follows=("tag",)),
            Stage("run", worker="topics", subject="run", follows=("retag", "retranscribe")),
            Stage("retag", worker="topics", subject="chunk", follows=("run",)),
            Stage("undo", worker="topics", subject="chunk"),
            Stage("retranscribe", worker="transcribe", subject="chunk", follows=("tag",)),
            Stage("destroy-run", worker="player", subject="run", follows=("destroy",)),
            Stage("destroy", worker="player", subject="chunk", follows=("destroy-run", "tag")),
            Stage("export", worker="player", subject="export"),
        )
    }
)

# What a new recording starts at once: listening does not wait for recognition, nor the reverse.
ON_ARRIVAL = ("playback", "transcribe")

WORKERS = tuple(sorted({stage.worker for stage in STAGES.values()}))


def kinds_of(worker: str) -> tuple[str, ...]:
    """Kinds of job that one sort of worker does; `all` is every kind."""
    return tuple(stage.kind for stage in STAGES.values() if worker in ("all", stage.worker))


def queue_name(kind: str, priority: Priority) -> str:
    """Name of the Celery queue of one kind and urgency."""
    return f"{kind}.{priority.name.lower()}"


def queues_of(worker: str) -> tuple[str, ...]:
    """Queues that one sort of worker consumes, the most urgent first."""
    return tuple(queue_name(kind, priority) for priority in Priority for kind in kinds_of(worker))
