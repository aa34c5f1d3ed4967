"""One worker process: a sweeper thread and a Celery worker over the queues of some kinds of job."""

import os
import random
import signal
import socket
import threading
import uuid
import warnings
from collections.abc import Mapping
from typing import Any

import structlog
from celery import Celery, Task
from celery.exceptions import SecurityWarning

from shared.domain.pipeline import kinds_of, queues_of
from shared.errors import BrokerUnavailable, DatabaseUnavailable
from shared.queue.broker import TASK, Publisher, make_celery
from shared.queue.runner import Handler, Parts, give_up, run_job
from shared.queue.sweeper import Sweeper

log = structlog.get_logger(__name__)

# Messages published ahead per kind and priority. Embedded: each process feeds itself, so that one
# in hand is enough and priorities are always obeyed. Distributed: enough for many workers.
AHEAD_EMBEDDED = 2
AHEAD_DISTRIBUTED = 64


def run_worker(parts: Parts, handlers: Mapping[str, Handler], *, sort: str) -> None:
    """Work on the queues of one sort of worker (`transcribe`, `topics`, `player`, `all`) until told to stop.

    SIGTERM lets the running job end; SIGKILL is survived through the job's lease.
    """
    # It warns root of pickled messages; ours are job ids in JSON.
    warnings.simplefilter("ignore", SecurityWarning)
    kinds = kinds_of(sort)
    app = make_celery(parts.settings)
    name = f"{sort}@{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    _register(app, parts, handlers, name)
    sweeper = Sweeper(
        parts.database,
        Publisher(app),
        kinds=kinds,
        max_attempts=parts.settings.max_attempts,
        ahead=AHEAD_EMBEDDED if parts.settings.embedded else AHEAD_DISTRIBUTED,
    )
    stop = threading.Event()
    thread = threading.Thread(
        target=_sweep_until, args=(sweeper, stop, parts), name="sweeper", daemon=True
    )
    thread.start()
    log.info("worker-started", worker=name, queues=queues_of(sort))
    try:
        # The job runs in a thread of this process: CTranslate2 is not fork-safe, and the model is
        # loaded once and stays.
        app.Worker(
            hostname=name.replace(":", "-"),
            pool="threads",
            concurrency=1,
            queues=list(queues_of(sort)),
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
            loglevel="WARNING",
            quiet=True,
        ).start()
    finally:
        stop.set()
        thread.join(timeout=5)
        log.info("worker-stopped", worker=name)


def _register(app: Celery, parts: Parts, handlers: Mapping[str, Handler], name: str) -> None:
    class RunJob(Task):  # type: ignore[misc]  # Celery ships no types
        """Runs one job; reports what the job's handler did not expect."""

        def on_failure(
            self,
            exc: BaseException,
            task_id: str,  # noqa: ARG002 - Celery's signature
            args: Any,
            kwargs: Any,  # noqa: ARG002 - likewise
            einfo: Any,
        ) -> None:
            log.error("job-crashed", job=args[0], error=str(einfo))
            give_up(parts, args[0], worker=name, error=exc)

    @app.task(name=TASK, base=RunJob)  # type: ignore[untyped-decorator]  # likewise
    def run(job_id: int) -> None:
        run_job(parts, handlers, job_id, worker=name)


def _sweep_until(sweeper: Sweeper, stop: threading.Event, parts: Parts) -> None:
    forgotten = not parts.settings.embedded
    try:
        while not stop.is_set():
            try:
                if not forgotten:
                    sweeper.forget_messages()
                    forgotten = True
                sweeper.sweep()
            except (DatabaseUnavailable, BrokerUnavailable) as error:
                log.warning("sweep-failed", code=error.code, detail=error.detail)
                stop.wait(1)
            # Many workers must not ask the database in step.
            stop.wait(parts.settings.sweep_s * random.uniform(0.8, 1.2))
    finally:
        if not stop.is_set():
            # A worker without a sweeper looks alive and gets no job: better a new one is started.
            log.error("sweeper-died")
            os.kill(os.getpid(), signal.SIGTERM)
