"""The player worker's door of destruction: runs of the kind `destroy`, and their chunks.

A chunk is destroyed in two phases. A worker that is killed between them leaves rows of the act that
say `marked`: the next attempt goes on with their objects.
"""

from collections.abc import Iterator
from types import MappingProxyType

from sqlalchemy import Connection

from services.player.destruction.due import subjects
from services.player.destruction.marking import WIPED, mark, plan
from services.player.destruction.removing import note_destroyed, read_marked, remove_objects
from shared.db.session import Database
from shared.db.tables import lexicon, run_chunks
from shared.queue import jobs
from shared.queue.runner import JobContext
from shared.runs.chunks import Store, chunk_handler
from shared.runs.ids import Ids
from shared.runs.kinds import DESTROY
from shared.runs.planning import run_handler
from shared.runs.store import Chunk, Run
from shared.text.forgetting import forget_unused_words


def destroy(context: JobContext, run: Run, chunk: Chunk) -> Store:
    """Destroy a chunk's recordings that are due, or only note them in a dry run.

    JobFailed `object-stays` as for `remove_objects`. While the store is down the job waits.
    """
    parts, account_id = context.parts, run.account_id
    recording_ids = chunk.subject_ids.tolist()
    if not run.apply:

        def note(connection: Connection) -> bytes | None:
            plan(connection, run, recording_ids)
            return None

        return note
    with parts.database.write() as connection:
        mark(connection, run, recording_ids)
        # Whoever was given up, or whose run was cancelled, destroys nothing.
        jobs.renew(connection, context.job, progress=0.0, lease_s=parts.settings.lease_s)
    with parts.database.read() as connection:
        marked = read_marked(connection, account_id, recording_ids)
    for place, row in enumerate(marked):
        remove_objects(parts.store, account_id, row.recording_id, row.object_names)
        context.progress((place + 1) / len(marked))

    def finish(connection: Connection) -> bytes | None:
        note_destroyed(connection, account_id, [row.recording_id for row in marked])
        return None

    return finish


def clear_up(database: Database, run: Run) -> Iterator[Ids]:
    """Destroy the words that nobody else uses, and have the database let go of what was deleted."""
    forget_unused_words(database, run.account_id)
    database.wipe_deleted([*WIPED, lexicon, run_chunks])
    return iter(())


HANDLERS = MappingProxyType(
    {
        DESTROY.planner: run_handler({DESTROY.name: clear_up}, subjects),
        DESTROY.name: chunk_handler(destroy),
    }
)
