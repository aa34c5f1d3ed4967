"""The typed filter of contacts and its SQL conditions: one for every list of contacts."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers
from sqlalchemy import ColumnElement, and_, exists, not_, or_

from shared.contacts.verdicts import TopicVerdict, says
from shared.db.tables import contacts, legs


class TopicMatch(StrEnum):
    """How many of the conditions on topics must hold."""

    ANY = "any"
    ALL = "all"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class TopicSays:
    """A condition on a contact: what a topic says of it."""

    topic_id: int
    verdict: TopicVerdict = TopicVerdict.YES


@dataclass(frozen=True, slots=True)
class ContactFilter:
    """What is asked of a contact; every field that is set must hold, a list means any of it.

    How many of `topics` must hold, `topic_match` says. Times are UTC epoch ms, `from_ms` inclusive,
    `to_ms` exclusive. `number_digits` are the forms of one number, as `digit_forms` gives them.
    """

    from_ms: int | None = None
    to_ms: int | None = None
    directions: Sequence[str] = ()
    kinds: Sequence[str] = ()
    source_ids: Sequence[int] = ()
    employee_ids: Sequence[int] = ()
    group_ids: Sequence[int] = ()
    topics: Sequence[TopicSays] = ()
    topic_match: TopicMatch = TopicMatch.ANY
    number_digits: Sequence[str] = ()


def digit_forms(text: str, country: str) -> tuple[str, ...]:
    """The digits to look for in stored numbers: those typed and, of a whole number, those of E.164.

    So `8 495 …` finds `+7495…` where the country (ISO 3166, two letters) dials so.
    """
    typed = re.sub(r"[^0-9]", "", text)
    try:
        parsed = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return (typed,)
    if not phonenumbers.is_possible_number(parsed):
        return (typed,)
    whole = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164).lstrip("+")
    return tuple(dict.fromkeys((typed, whole)))


def matching(account_id: int, wanted: ContactFilter) -> list[ColumnElement[bool]]:
    """Conditions on `contacts`, to stand beside `visible(caller)`.

    A contact is of an employee or a group if any of its legs is, as for visibility.
    """
    conditions: list[ColumnElement[bool]] = []
    if wanted.from_ms is not None:
        conditions.append(contacts.c.started_at_ms >= wanted.from_ms)
    if wanted.to_ms is not None:
        conditions.append(contacts.c.started_at_ms < wanted.to_ms)
    if wanted.directions:
        conditions.append(contacts.c.direction.in_(wanted.directions))
    if wanted.kinds:
        conditions.append(contacts.c.kind.in_(wanted.kinds))
    if wanted.source_ids:
        conditions.append(contacts.c.source_id.in_(wanted.source_ids))
    if wanted.employee_ids:
        conditions.append(_on_a_leg(account_id, "employee_id", wanted.employee_ids))
    if wanted.group_ids:
        conditions.append(_on_a_leg(account_id, "group_id", wanted.group_ids))
    if wanted.topics:
        conditions.append(_of_topics(account_id, wanted.topics, wanted.topic_match))
    if wanted.number_digits:
        conditions.append(_has_number(wanted.number_digits))
    return conditions


def _on_a_leg(account_id: int, column: str, ids: Sequence[int]) -> ColumnElement[bool]:
    on_leg = (
        exists()
        .where(
            legs.c.account_id == account_id,
            legs.c.contact_id == contacts.c.id,
            legs.c[column].in_(ids),
        )
        .correlate(contacts)
    )
    return or_(contacts.c[column].in_(ids), on_leg)


def _of_topics(
    account_id: int, asked: Sequence[TopicSays], match: TopicMatch
) -> ColumnElement[bool]:
    if match is TopicMatch.ALL:
        return and_(*(says(account_id, [one.topic_id], one.verdict) for one in asked))
    ids: dict[TopicVerdict, list[int]] = {}
    for one in asked:
        ids.setdefault(one.verdict, []).append(one.topic_id)
    any_holds = or_(*(says(account_id, topics, verdict) for verdict, topics in ids.items()))
    return not_(any_holds) if match is TopicMatch.NONE else any_holds


def _has_number(forms: Sequence[str]) -> ColumnElement[bool]:
    # The raw text besides: a number that could not be normalised has nothing else.
    columns = (
        contacts.c.client_number,
        contacts.c.company_number,
        contacts.c.client_number_raw,
        contacts.c.company_number_raw,
    )
    return or_(*(column.contains(digits) for column in columns for digits in forms))
