"""The account's rules revision: what rises when calls may have to be judged anew."""

from collections.abc import Collection

from sqlalchemy import Connection, select, update

from shared.db.tables import accounts, topics


def lock_rules(connection: Connection, account_id: int) -> int:
    """Let nobody else change the account's topics until the transaction ends; its rules revision.

    Lock this before any topic.
    """
    return int(
        connection.execute(
            select(accounts.c.rules_revision)
            .where(accounts.c.id == account_id)
            .with_for_update(key_share=True)
        ).scalar_one()
    )


def raise_revision(connection: Connection, account_id: int, topic_ids: Collection[int]) -> int:
    """Tell every worker to read the rules anew, and what the topics judged to count no more.

    Without topics calls keep their verdicts: a topic is judged no longer. Returns the new revision.
    """
    revision = int(
        connection.execute(
            update(accounts)
            .where(accounts.c.id == account_id)
            .values(rules_revision=accounts.c.rules_revision + 1)
            .returning(accounts.c.rules_revision)
        ).scalar_one()
    )
    if topic_ids:
        connection.execute(
            update(topics)
            .where(topics.c.account_id == account_id, topics.c.id.in_(sorted(topic_ids)))
            .values(rules_revision=revision)
        )
    return revision


def distrust_all_verdicts(connection: Connection, account_id: int) -> None:
    """Let every topic judge every call anew: an account's setting changed what its rules say.

    Call it with the rules locked.
    """
    every = connection.execute(select(topics.c.id).where(topics.c.account_id == account_id))
    raise_revision(connection, account_id, list(every.scalars()))
