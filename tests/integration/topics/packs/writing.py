"""Small packs, and the account's topics as a test compares them."""

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import yaml
from sqlalchemy import select

from services.topics.language.pack import WrittenPack, read_pack
from shared.db.session import Database
from shared.db.tables import topic_groups, topic_versions, topics


def topic(key: str, phrase: str = "да", **fields: Any) -> dict[str, Any]:
    """A topic of a pack that asks for a phrase of the client, with an example of each kind."""
    return {
        "key": key,
        "name": key.title(),
        "group": "Жалобы",
        "colour": "#c0392b",
        "rule": {"said": {"by": "client", "phrases": [phrase]}},
        "should_match": [f"client: {phrase}"],
        "should_not_match": [f"operator: {phrase}"],
    } | fields


def pack_yaml(*some: dict[str, Any]) -> str:
    """The topics as the YAML of a pack."""
    # A topic that is given twice would be written as a reference.
    topics_of = [deepcopy(one) for one in some]
    pack = {"pack": "demo", "language": "ru", "name": "Проба", "topics": topics_of}
    return yaml.safe_dump(pack, allow_unicode=True, sort_keys=False)


def pack_of(*some: dict[str, Any]) -> Sequence[WrittenPack]:
    """The topics as a pack that was read."""
    return [read_pack(pack_yaml(*some).encode(), file="demo.yaml")]


def stored(database: Database, account_id: int) -> dict[str, dict[str, Any]]:
    """All that an import may change, by topic key; versions by state."""
    with database.read() as connection:
        found = {
            row.key: {
                "name": row.name,
                "colour": row.colour,
                "group": row.group,
                "preset": row.preset,
                "active_version": row.active_version,
                "rules_revision": row.rules_revision,
                "revision": row.revision,
                "versions": [],
            }
            for row in connection.execute(
                select(topics, topic_groups.c.name.label("group"))
                .outerjoin(topic_groups, topic_groups.c.id == topics.c.group_id)
                .where(topics.c.account_id == account_id)
                .order_by(topics.c.id)
            )
        }
        for row in connection.execute(
            select(topic_versions, topics.c.key)
            .join(topics, topics.c.id == topic_versions.c.topic_id)
            .where(topics.c.account_id == account_id)
            .order_by(topic_versions.c.number)
        ):
            found[row.key]["versions"].append((row.number, row.state, row.rule, row.should_match))
    return found
