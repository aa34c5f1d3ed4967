"""Shows a run on the terminal until it ends: a progress bar, then the table of before and after."""

import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from sqlalchemy import Connection, select

from services.topics.runs.results_store import totals
from services.topics.runs.spec import RetagSpec
from shared.db.session import Database
from shared.db.tables import jobs
from shared.domain.pipeline import STAGES, JobState
from shared.runs import store
from shared.runs.kinds import UNFINISHED, RunState
from shared.runs.store import Run

LOOK_EVERY_S = 0.3
# Workers look twice a second; one that is busy with something else shows as such.
IDLE_AFTER_S = 10.0

_OF_RUNS = tuple(stage.kind for stage in STAGES.values() if stage.subject in ("run", "chunk"))


def watch(database: Database, account_id: int, run_id: int) -> Run:
    """Show the run's progress on stderr until it has ended or is paused; the run as it is then."""
    console = Console(stderr=True)
    moved, last = time.monotonic(), (RunState.PLANNING, 0)
    told = False
    with Progress(
        TextColumn("run {task.fields[id]}"),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
    ) as bars:
        bar = bars.add_task("planning", total=None, id=run_id)
        while True:
            with database.read() as connection:
                run = store.read_run(connection, account_id, run_id)
                busy = _is_worked_on(connection, account_id)
            bars.update(
                bar,
                description=run.state,
                total=run.subjects_total or None,
                completed=run.subjects_done,
            )
            if run.state not in UNFINISHED or run.state is RunState.PAUSED:
                return run
            if busy or (run.phase, run.chunks_done) != last:
                moved, last = time.monotonic(), (run.phase, run.chunks_done)
            if not told and time.monotonic() - moved > IDLE_AFTER_S:
                told = True
                console.print(
                    "No worker has taken it up: start one with `tematika worker "
                    f"{STAGES[run.kind.name].worker}`, or the whole program with `tematika serve`. "
                    "Still waiting …"
                )
            time.sleep(LOOK_EVERY_S)


def results_table(connection: Connection, run: Run) -> Table:
    """What a re-tagging run found: calls with each topic before and after it."""
    spec = RetagSpec.of(run.spec)
    table = Table(title="What the run changed" if run.apply else "What the run would change")
    table.add_column("topic")
    for name in ("before", "after", "added", "removed", "undecidable"):
        table.add_column(name, justify="right")
    found = totals(connection, run.account_id, run.id, [one.topic_id for one in spec.topics])
    for one in found:
        table.add_row(
            one.key,
            str(one.unchanged + one.removed),
            str(one.unchanged + one.added),
            str(one.added),
            str(one.removed),
            str(one.undecidable),
        )
    return table


def _is_worked_on(connection: Connection, account_id: int) -> bool:
    """Whether a worker has a job of a run, of whichever one."""
    row = connection.execute(
        select(jobs.c.id)
        .where(
            jobs.c.account_id == account_id,
            jobs.c.state == JobState.RUNNING,
            jobs.c.kind.in_(_OF_RUNS),
        )
        .limit(1)
    ).first()
    return row is not None
