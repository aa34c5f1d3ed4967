"""Topics in force, made through the tables."""

from typing import Any

from sqlalchemy import update

from shared.db.tables import contacts
from tests.integration.journal.world import World


def topic_in_force(
    world: World, key: str, *, name: str = "", revision: int = 1, **values: Any
) -> tuple[int, int]:
    """A topic whose first version was activated by this revision of the rules; ids of both."""
    topic = world.topic(key, name, active_version=1, rules_revision=revision, **values)
    return topic, world.version(topic, 1)


def judged(world: World, contact: int, revision: int) -> None:
    """Say that the contact was tagged under this revision of the rules."""
    world.connection.execute(
        update(contacts).where(contacts.c.id == contact).values(tagged_revision=revision)
    )
