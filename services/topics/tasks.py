"""The topics worker's door: a contact whose speech or rules changed is judged again."""

from collections.abc import Mapping
from types import MappingProxyType

from services.topics.marking.tagging import tagger_of
from shared.queue.runner import Finish, Handler, JobContext


def tag(context: JobContext) -> Finish:
    """Judge the job's contact; marks, hits and stamp are stored with the end of the job."""
    return tagger_of(context.parts.database, context.job.account_id).tag(context.job.subject_id)


HANDLERS: Mapping[str, Handler] = MappingProxyType({"tag": tag})
"""Handlers of this worker's stages, by job kind."""
