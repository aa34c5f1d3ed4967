"""Puts topic packs into an account: for a new account, the command and the API alike."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from services.topics.catalogue import packs_store, store, versions_store
from services.topics.catalogue.asking import Catalogue
from services.topics.catalogue.limits import refuse_too_long
from services.topics.catalogue.packs_judging import judge_packs, text_of
from services.topics.catalogue.packs_plan import Action, PlannedTopic, plan_import
from services.topics.catalogue.packs_store import StoredTopic
from services.topics.catalogue.revisions import lock_rules, raise_revision
from services.topics.language.dependencies import dependents
from services.topics.language.pack import PACKS_FOLDER, WrittenPack, pack_files, read_files
from shared.db.session import Database
from shared.errors import Conflict, InvalidInput
from shared.permissions import Caller, Sees
from shared.settings import Settings


@dataclass(frozen=True, slots=True)
class _Before:
    """The topics of an account that an import is planned from."""

    catalogue: Catalogue
    stored: Mapping[str, StoredTopic]


def load_packs(
    connection: Connection,
    account_id: int,
    languages: Iterable[str],
    folder: Path = PACKS_FOLDER,
) -> int:
    """Put the packs of these languages in force and return how many of their topics are new.

    For a new account, in the transaction that makes it. Raises InvalidInput on packs that cannot
    be read, do not fit each other, or break one of their own examples.
    """
    packs = read_files(path for one in languages for path in pack_files(folder, one))
    lock_rules(connection, account_id)
    before = _read(connection, account_id)
    planned = _plan(packs, before, activate=True)
    faults = [fault for one in planned for fault in one.judged.faults]
    if faults:
        detail = "; ".join(f"{where}: {reason}" for where, reason in faults)
        raise InvalidInput(f"the packs cannot be put in force: {detail}", faults)
    _carry_out(connection, by_program(account_id), planned, before)
    return sum(one.action is Action.ADDED for one in planned)


def import_packs(
    database: Database,
    caller: Caller,
    packs: Sequence[WrittenPack],
    *,
    settings: Settings,
    activate: bool,
    dry_run: bool,
) -> list[PlannedTopic]:
    """Add the packs' topics that the account lacks, and write drafts of those that differ.

    Topics are known by their keys, and none is ever removed. With `activate` those without faults
    are put in force. Returns what was done, or with `dry_run` what would be. Raises InvalidInput
    when the topics cannot be used together or one is over a limit, Conflict when they are too many.
    """
    refuse_over_limits(packs, settings)
    while True:
        with database.read() as connection:
            before = _read(connection, caller.account_id)
        # Judging takes long: nobody waits for it, and it is done anew when anything moved meanwhile.
        planned = _plan(packs, before, activate=activate)
        _refuse_too_many(planned, before, settings)
        if dry_run:
            return planned
        with database.write() as connection:
            revision = lock_rules(connection, caller.account_id)
            topics = packs_store.revisions(connection, caller.account_id)
            if (revision, topics) == (
                before.catalogue.revision,
                {key: topic.revision for key, topic in before.stored.items()},
            ):
                _carry_out(connection, caller, planned, before)
                return planned


def refuse_over_limits(packs: Sequence[WrittenPack], settings: Settings) -> None:
    """InvalidInput when the packs have more topics than an account may, or a topic is too long.

    Asked before anything is judged, which takes its time.
    """
    topics = sum(len(written.pack.topics) for written in packs)
    if topics > settings.max_topics:
        raise InvalidInput(
            f"the packs have {topics} topics, the limit is {settings.max_topics} "
            "(TEMATIKA_MAX_TOPICS)"
        )
    for written in packs:
        for number, topic in enumerate(written.pack.topics):
            try:
                refuse_too_long(text_of(topic), settings)
            except InvalidInput as error:
                places = [
                    (written.where(("topics", number, path)), reason)
                    for path, reason in error.errors
                ]
                detail = "; ".join(f"{where}: {reason}" for where, reason in places)
                raise InvalidInput(detail, places) from error


def by_program(account_id: int) -> Caller:
    """Who puts in a pack when neither a person nor a token does."""
    return Caller(account_id, actor="", permissions=frozenset(), sees=Sees.ALL)


def _read(connection: Connection, account_id: int) -> _Before:
    return _Before(
        store.read_catalogue(connection, account_id),
        packs_store.read_stored(connection, account_id),
    )


def _plan(packs: Sequence[WrittenPack], before: _Before, *, activate: bool) -> list[PlannedTopic]:
    return plan_import(judge_packs(packs, before.catalogue), before.stored, activate=activate)


def _refuse_too_many(planned: Sequence[PlannedTopic], before: _Before, settings: Settings) -> None:
    added = sum(one.action is Action.ADDED for one in planned)
    there = sum(not topic.archived for topic in before.stored.values())
    if added and there + added > settings.max_topics:
        raise Conflict(
            f"the account has {there} topics and would get {added} more; its limit is "
            f"{settings.max_topics} (TEMATIKA_MAX_TOPICS)"
        )


def _carry_out(
    connection: Connection, caller: Caller, planned: Sequence[PlannedTopic], before: _Before
) -> None:
    ids = {key: topic.topic_id for key, topic in before.stored.items()}
    for one in planned:
        if one.action in (Action.ADDED, Action.CHANGED):
            ids[one.key] = _put_topic(connection, caller, one)
    activated = [one for one in planned if one.activates]
    if not activated:
        return
    asks = {key: rule.topics() for key, rule in before.catalogue.rules.items()}
    asks |= {one.key: one.judged.text.rule.topics() for one in activated}
    affected = dependents([one.key for one in activated], asks)
    revision = raise_revision(connection, caller.account_id, {ids[key] for key in affected})
    for one in activated:
        _put_in_force(connection, caller, ids[one.key], revision)


def _put_topic(connection: Connection, caller: Caller, one: PlannedTopic) -> int:
    topic = one.judged.topic
    looks: dict[str, object] = {"name": topic.name, "colour": topic.colour}
    if topic.group is not None:
        looks["group_id"] = packs_store.put_group(connection, caller.account_id, topic.group)
    if one.stored is None:
        made = {"key": topic.key, "preset": True, **looks}
        topic_id = store.insert_topic(connection, caller, made)
    else:
        topic_id = one.stored.topic_id
        store.change_topic(connection, caller, topic_id, looks)
    if one.writes_draft:
        versions_store.put_draft(connection, caller, topic_id, one.judged.text)
    return topic_id


def _put_in_force(connection: Connection, caller: Caller, topic_id: int, revision: int) -> None:
    number = packs_store.draft_number(connection, caller.account_id, topic_id)
    versions_store.put_in_force(connection, caller, topic_id, number=number, revision=revision)
    store.change_topic(connection, caller, topic_id, {"active_version": number})
