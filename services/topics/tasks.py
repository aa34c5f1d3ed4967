"""The topics worker's door: contacts that changed are judged again, and runs judge many of them."""

from collections.abc import Mapping
from types import MappingProxyType

from services.topics.marking.tagging import tagger_of
from services.topics.runs.retag import missed, retag
from services.topics.runs.undoing import undo_retag
from shared.queue.runner import Finish, Handler, JobContext
from shared.runs.chunks import chunk_handler, undo_handler
from shared.runs.kinds import RETAG
from shared.runs.planning import run_handler


def tag(context: JobContext) -> Finish:
    """Judge the job's contact; marks, hits and stamp are stored with the end of the job."""
    return tagger_of(context.parts.database, context.job.account_id).tag(context.job.subject_id)


HANDLERS: Mapping[str, Handler] = MappingProxyType(
    {
        "tag": tag,
        "run": run_handler({RETAG.name: missed}),
        RETAG.name: chunk_handler(retag),
        RETAG.undo: undo_handler(undo_retag),
    }
)
"""Handlers of this worker's stages, by job kind."""
