"""Reads what an explanation needs: the rule, the contact's speech and words, what lists say."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select

from services.topics.catalogue import store as catalogue_store
from services.topics.catalogue import versions_store
from services.topics.catalogue.asking import Catalogue
from services.topics.catalogue.stored_rule import from_stored
from services.topics.explaining.explain import Question
from services.topics.explaining.schemas import RuleState
from services.topics.language.rule import Rule
from services.topics.marking import speech_store
from services.topics.marking.store import unknown_is_anyone
from shared.contacts.verdicts import TopicVerdict, says
from shared.db.among import among
from shared.db.tables import contacts, lexicon
from shared.errors import InvalidInput, NotFound


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a topic's rule; `number` is None for a rule that is not saved."""

    rule: Rule
    key: str | None
    number: int | None
    state: RuleState


def find_version(
    connection: Connection, account_id: int, topic_id: int, wanted: int | str | None
) -> Version:
    """The version of that number, the draft, or without either the one in force, else the draft.

    NotFound when the topic has no such version.
    """
    topic = catalogue_store.find_topic(connection, account_id, topic_id)
    if isinstance(wanted, int):
        row = versions_store.read_version(connection, account_id, topic_id, wanted)
    else:
        draft, in_force = versions_store.current(connection, account_id, topic_id)
        found = draft if wanted is not None or in_force is None else in_force
        if found is None:
            raise NotFound("the topic has no draft")
        row = found
    return Version(from_stored(row.rule), topic.key, row.number, RuleState(row.state))


def read_question(
    connection: Connection, account_id: int, contact_id: int, version: Version, catalogue: Catalogue
) -> Question:
    """What is to be explained.

    InvalidInput when the rule asks about topics that cannot be asked about; NotFound when the
    contact is no more.
    """
    refuse_missing(catalogue, version.rule, version.key)
    speech = speech_store.read_speech(
        connection, account_id=account_id, contact_ids=[contact_id], facts=True
    )
    if not len(speech):
        raise NotFound(f"there is no contact {contact_id}")
    return Question(
        rule=version.rule,
        others=catalogue.prerequisites(version.rule),
        names={topic.key: topic.name for topic in catalogue.topics.values()},
        speech=speech,
        forms=read_forms(connection, account_id, set(speech.tokens.ids.tolist())),
        displayed=speech_store.read_displayed_words(
            connection,
            account_id=account_id,
            recording_ids=speech.recordings.recording_id.tolist(),
        ),
        unknown_is_anyone=unknown_is_anyone(connection, account_id),
    )


def refuse_missing(catalogue: Catalogue, rule: Rule, key: str | None) -> None:
    """InvalidInput when the rule asks about topics that cannot be asked about; see `missing`."""
    missing = list(catalogue.missing(rule, key))
    if missing:
        detail = "; ".join(reason for _, reason in missing)
        raise InvalidInput(f"the rule cannot be judged: {detail}", missing)


def read_forms(
    connection: Connection, account_id: int, word_nos: Collection[int]
) -> Mapping[int, str]:
    """Words of the account's lexicon by their numbers."""
    rows = connection.execute(
        select(lexicon.c.word_no, lexicon.c.form).where(
            lexicon.c.account_id == account_id, among(connection, lexicon.c.word_no, word_nos)
        )
    )
    return {row.word_no: row.form for row in rows}


def stored_verdict(
    connection: Connection, account_id: int, contact_id: int, topic_id: int
) -> TopicVerdict:
    """What lists say of a topic on a contact."""
    row = connection.execute(
        select(*(says(account_id, [topic_id], verdict) for verdict in TopicVerdict)).where(
            contacts.c.account_id == account_id, contacts.c.id == contact_id
        )
    ).one()
    return next(verdict for verdict, holds in zip(TopicVerdict, row, strict=True) if holds)
