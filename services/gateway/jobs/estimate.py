"""How long a queue will take, from how fast its kind of job went lately."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finished:
    """A job done lately; `work_ms` is the sound it was about, null where unknown."""

    took_ms: int
    work_ms: int | None
    worker: str


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is still to do: jobs of known size with their sum, and jobs of unknown size."""

    sized_work_ms: int = 0
    unsized_jobs: int = 0
    sized_jobs: int = 0


def estimated_ms(backlog: Backlog, lately: Sequence[Finished]) -> int | None:
    """Time until the backlog is done; None if nothing of this kind was done lately.

    Sized jobs go by the time per ms of sound, others by the mean time of a job. Workers that
    finished something lately share the work.
    """
    if not backlog.sized_jobs and not backlog.unsized_jobs:
        return 0
    if not lately:
        return None
    mean_ms = sum(job.took_ms for job in lately) / len(lately)
    sized = [job for job in lately if job.work_ms]
    sound_ms = sum(job.work_ms or 0 for job in sized)
    if sound_ms:
        per_sound_ms = sum(job.took_ms for job in sized) / sound_ms
        total_ms = backlog.sized_work_ms * per_sound_ms + backlog.unsized_jobs * mean_ms
    else:
        total_ms = (backlog.sized_jobs + backlog.unsized_jobs) * mean_ms
    workers = len({job.worker for job in lately})
    return round(total_ms / workers)
