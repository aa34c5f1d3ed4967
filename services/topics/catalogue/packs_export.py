"""Writes topics of an account as a pack, which another account or this one can take in."""

from sqlalchemy import Connection

from services.topics.catalogue import packs_store
from services.topics.catalogue.checking import Text
from services.topics.catalogue.keys import make_key
from services.topics.catalogue.packs_store import StoredTopic
from services.topics.language.dependencies import prerequisites
from services.topics.language.pack import Pack, PackTopic
from shared.errors import NotFound


def export_pack(connection: Connection, account_id: int, *, group: str | None = None) -> Pack:
    """The account's topics, or those under one heading and the topics that their rules ask about.

    Each as it is in force, or as its draft while it never was; archived ones are left out. Raises
    NotFound when nothing is left.
    """
    name, language = packs_store.name_and_language(connection, account_id)
    stored = packs_store.read_stored(connection, account_id)
    texts = {
        key: topic.written
        for key, topic in stored.items()
        if topic.written is not None and not topic.archived
    }
    wanted = [key for key in texts if group in (None, stored[key].group)]
    keys = prerequisites(wanted, {key: text.rule.topics() for key, text in texts.items()})
    written = tuple(_pack_topic(stored[key], text) for key, text in texts.items() if key in keys)
    if not written:
        under = "" if group is None else f" under the heading «{group}»"
        raise NotFound(f"there is no topic{under} to export")
    return Pack(
        pack=make_key(group or name, ()),
        language="en" if language == "en" else "ru",
        name=group or name,
        topics=written,
    )


def _pack_topic(topic: StoredTopic, text: Text) -> PackTopic:
    return PackTopic(
        key=topic.key,
        # A telephone system may have named it with blanks only, which no pack can.
        name=topic.name if topic.name.strip() else topic.key,
        group=topic.group,
        colour=topic.colour,
        rule=text.rule,
        should_match=text.should_match,
        should_not_match=text.should_not_match,
    )
