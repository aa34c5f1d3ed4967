"""What a query of contacts asks for, as the typed filter of all lists of contacts."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from services.journal import store
from services.journal.period import default_from_ms
from services.journal.schemas import ContactFilterIn
from shared.contacts.filters import ContactFilter, TopicSays, digit_forms
from shared.contacts.verdicts import TopicVerdict
from shared.errors import InvalidInput


def wanted_contacts(
    connection: Connection,
    account_id: int,
    query: ContactFilterIn,
    calendar: store.Calendar,
    *,
    where: str = "query",
) -> ContactFilter:
    """The filter that a query means; InvalidInput names what the account has not.

    Without a beginning the period is the last days of the account's own calendar. `where` is the
    place of the request that holds it.
    """
    wanted = asked_contacts(connection, account_id, query, calendar, where=where)
    if wanted.from_ms is not None:
        return wanted
    until_ms = calendar.clock_ms
    if wanted.to_ms is not None:
        until_ms = min(until_ms, wanted.to_ms)
    return replace(wanted, from_ms=default_from_ms(until_ms, ZoneInfo(calendar.time_zone)))


def asked_contacts(
    connection: Connection,
    account_id: int,
    asked: ContactFilterIn,
    calendar: store.Calendar,
    *,
    where: str,
) -> ContactFilter:
    """The filter that was sent, of any period; InvalidInput names what the account has not.

    `where` is the place of the request that holds it.
    """
    from_ms, to_ms = asked.started_from, asked.started_to
    if from_ms is not None and to_ms is not None and to_ms < from_ms:
        reason = "is before `from`"
        raise InvalidInput(f"`to` {reason}", [(f"{where}.to", reason)])
    return ContactFilter(
        from_ms=from_ms,
        to_ms=to_ms,
        directions=asked.direction,
        kinds=asked.kind,
        source_ids=store.find_sources(
            connection, account_id, asked.source, where=f"{where}.source"
        ),
        employee_ids=asked.employee,
        group_ids=asked.group,
        topics=_topics(connection, account_id, asked, where),
        topic_match=asked.topic_match,
        number_digits=(
            () if asked.number is None else digit_forms(asked.number, calendar.number_country)
        ),
    )


def _topics(
    connection: Connection, account_id: int, asked: ContactFilterIn, where: str
) -> list[TopicSays]:
    said = [one.rpartition(":") for one in asked.topic_verdict]
    topic_ids = store.find_topics(
        connection, account_id, [name for name, _, _ in said], where=f"{where}.topic_verdict"
    )
    verdicts = [TopicVerdict(verdict) for _, _, verdict in said]
    set_ids = store.find_topics(connection, account_id, asked.topic, where=f"{where}.topic")
    return [TopicSays(one) for one in set_ids] + [
        TopicSays(one, verdict) for one, verdict in zip(topic_ids, verdicts, strict=True)
    ]
