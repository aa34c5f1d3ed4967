"""The player's worker door: every kind of job that a `player` worker does."""

from collections.abc import Mapping
from types import MappingProxyType

from services.player.destruction import tasks as destruction
from services.player.exports import tasks as exports
from services.player.rendering import tasks as rendering
from shared.queue.runner import Handler

HANDLERS: Mapping[str, Handler] = MappingProxyType(
    {**rendering.HANDLERS, **destruction.HANDLERS, **exports.HANDLERS}
)
