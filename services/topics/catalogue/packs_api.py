"""Packs over HTTP: check one, take one in, get the account's topics as one."""

from collections import Counter

from flask import Response

from services.topics.catalogue import store
from services.topics.catalogue.packs import import_packs, refuse_over_limits
from services.topics.catalogue.packs_export import export_pack
from services.topics.catalogue.packs_judging import JudgedTopic, judge_packs
from services.topics.catalogue.packs_plan import Action, PlannedTopic
from services.topics.catalogue.packs_schemas import (
    ExportQuery,
    FaultOut,
    ImportedTopicOut,
    ImportOut,
    ImportQuery,
    JudgedTopicOut,
    PackCheckOut,
    PackFormat,
    PackOut,
)
from services.topics.language.pack import LARGEST_BYTES, WrittenPack, pack_of, read_pack
from services.topics.language.pack_text import pack_text
from shared.errors import TooLarge
from shared.http.body import json_path, parse_json
from shared.http.routes import Call, Routes
from shared.permissions import Permission

routes = Routes("topics")

YAML = "application/yaml"
JSON = "application/json"
_CHUNK_BYTES = 1 << 16


@routes.post("/topics/packs/check", permission=Permission.TOPICS_EDIT, consumes=(YAML, JSON))
def check_pack(call: Call) -> PackCheckOut:
    """Judge the topics of a pack by their examples, beside the account's topics.

    A pack that cannot be read is refused with the line of everything wrong in it.
    """
    written = _sent(call)
    refuse_over_limits([written], call.parts.settings)
    with call.parts.database.read() as connection:
        catalogue = store.read_catalogue(connection, call.account_id)
    judged = judge_packs([written], catalogue)
    return PackCheckOut(
        pack=written.pack.pack,
        name=written.pack.name,
        faultless=not any(one.faults for one in judged),
        topics=[_judged(one) for one in judged],
    )


@routes.post(
    "/topics/import",
    permission=Permission.TOPICS_EDIT,
    consumes=(YAML, JSON),
    problems={409: "The account would get more topics than it may have."},
)
def import_topics(call: Call, query: ImportQuery) -> ImportOut:
    """Take in a pack: add topics that the account lacks, write drafts of those that differ.

    Topics are known by their keys; none is removed. A topic with a fault is taken in as a draft.
    """
    planned = import_packs(
        call.parts.database,
        call.caller,
        [_sent(call)],
        settings=call.parts.settings,
        activate=query.activate,
        dry_run=query.dry_run,
    )
    counts = Counter(one.action for one in planned)
    return ImportOut(
        dry_run=query.dry_run,
        added=counts[Action.ADDED],
        changed=counts[Action.CHANGED],
        unchanged=counts[Action.UNCHANGED],
        archived=counts[Action.ARCHIVED],
        activated=sum(one.activates for one in planned),
        topics=[_imported(one) for one in planned],
    )


@routes.get(
    "/topics/export",
    permission=Permission.CALLS,
    produces=(YAML,),
    problems={404: "There is no such topic to export."},
)
def export_topics(call: Call, query: ExportQuery) -> PackOut | Response:
    """Get the topics as a pack, each as it is in force, or its draft while it never was.

    As YAML a file to download, to edit and to take in again. Archived topics are left out.
    """
    with call.parts.database.read() as connection:
        pack = export_pack(connection, call.account_id, group=query.group)
    if query.format is PackFormat.JSON:
        return PackOut.model_validate(pack)
    disposition = f'attachment; filename="{pack.pack}.yaml"'
    return Response(pack_text(pack), mimetype=YAML, headers={"Content-Disposition": disposition})


def _sent(call: Call) -> WrittenPack:
    body = _body(call)
    if call.request.mimetype == JSON:
        return pack_of(parse_json(body), json_path)
    return read_pack(body, file="body")


def _body(call: Call) -> bytes:
    """The body, which is read no further than its limit."""
    body = bytearray()
    while chunk := call.stream.read(_CHUNK_BYTES):
        body += chunk
        if len(body) > LARGEST_BYTES:
            raise TooLarge(f"a pack has at most {LARGEST_BYTES} bytes")
    return bytes(body)


def _judged(one: JudgedTopic) -> JudgedTopicOut:
    return JudgedTopicOut(
        key=one.topic.key,
        name=one.topic.name,
        should_match=len(one.topic.should_match),
        should_not_match=len(one.topic.should_not_match),
        faults=_faults(one),
    )


def _imported(one: PlannedTopic) -> ImportedTopicOut:
    return ImportedTopicOut(
        key=one.key,
        name=one.judged.topic.name,
        action=one.action,
        changes=list(one.changes),
        replaces_draft=one.replaces_draft,
        activated=one.activates,
        faults=_faults(one.judged),
    )


def _faults(one: JudgedTopic) -> list[FaultOut]:
    return [FaultOut(where=where, reason=reason) for where, reason in one.faults]
