"""The rules in force, and on which contacts they have been judged."""

from sqlalchemy import Connection, delete, select, update

from services.topics.language.rule import parse_rule
from services.topics.language.ruleset import RuleSet, Topic, make_rule_set
from shared.db.tables import accounts, contacts, topic_judgements, topic_versions, topics

RULE = "rule"


def rules_revision(connection: Connection, account_id: int) -> int:
    """Revision of the account's rules; rises with every activation."""
    return int(
        connection.execute(
            select(accounts.c.rules_revision).where(accounts.c.id == account_id)
        ).scalar_one()
    )


def unknown_is_anyone(connection: Connection, account_id: int) -> bool:
    """Whether words of an unknown speaker count as anybody's in this account."""
    setting = connection.execute(
        select(accounts.c.unknown_speaker).where(accounts.c.id == account_id)
    ).scalar_one()
    return bool(setting == "anyone")


def read_rules(connection: Connection, account_id: int) -> RuleSet:
    """The rules in force.

    The revision is read first: if one is activated in between, contacts are stamped with the older
    revision and judged once more, never with a newer one than they were judged by.
    """
    revision = rules_revision(connection, account_id)
    rows = connection.execute(
        select(
            topics.c.id,
            topics.c.key,
            topic_versions.c.id.label("version_id"),
            topic_versions.c.rule,
        )
        .join(
            topic_versions,
            (topic_versions.c.topic_id == topics.c.id)
            & (topic_versions.c.number == topics.c.active_version),
        )
        .where(
            topics.c.account_id == account_id,
            topic_versions.c.account_id == account_id,
            topics.c.active.is_(True),
            topics.c.archived_at_ms.is_(None),
        )
        .order_by(topics.c.id)
    )
    return make_rule_set(
        (
            Topic(row.id, row.version_id, row.key, parse_rule(row.rule, where=f"topic {row.id}"))
            for row in rows
        ),
        revision=revision,
    )


def lock_contact(connection: Connection, *, account_id: int, contact_id: int) -> bool:
    """Lock the contact's row until the transaction ends; False when there is none."""
    row = connection.execute(
        select(contacts.c.id)
        .where(contacts.c.account_id == account_id, contacts.c.id == contact_id)
        .with_for_update(key_share=True)
    ).first()
    return row is not None


def stamp_tagged(
    connection: Connection, *, account_id: int, contact_id: int, revision: int
) -> None:
    """Note under which revision the contact was judged by all rules; single topics say no more."""
    connection.execute(
        delete(topic_judgements).where(
            topic_judgements.c.account_id == account_id,
            topic_judgements.c.contact_id == contact_id,
        )
    )
    connection.execute(
        update(contacts)
        .where(contacts.c.account_id == account_id, contacts.c.id == contact_id)
        .values(tagged_revision=revision, judgements=contacts.c.judgements + 1)
    )
