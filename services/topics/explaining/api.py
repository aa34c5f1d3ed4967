"""Explanations over HTTP: why a topic, or a rule that is still being written, says what it says."""

from services.topics.catalogue.sent_rule import read_rule
from services.topics.catalogue.store import read_catalogue
from services.topics.explaining.explain import explain
from services.topics.explaining.schemas import (
    ExplainIn,
    ExplanationOut,
    ExplanationQuery,
    RuleState,
)
from services.topics.explaining.store import Version, find_version, read_question, stored_verdict
from services.topics.marking.reading import check_contact
from shared.http.routes import Call, Routes
from shared.permissions import Permission

routes = Routes("topics")


@routes.get("/contacts/{contact_id}/topics/{topic_id}/explanation", permission=Permission.HITS)
def explain_topic(
    call: Call, contact_id: int, topic_id: int, query: ExplanationQuery
) -> ExplanationOut:
    """Explain what a topic says of a contact, judged anew from the stored transcripts.

    Every condition of the rule comes with its verdict, what it found, where it looked, and what
    came nearest where it found too little; what cannot be decided says why. Words that are no hits
    are shown too, so it needs the permission `transcript` besides.
    """
    call.caller.require(Permission.TRANSCRIPT)
    with call.parts.database.read() as connection:
        check_contact(connection, call.caller, contact_id)
        version = find_version(connection, call.account_id, topic_id, query.version)
    return _explained(call, contact_id, topic_id, version)


@routes.post("/contacts/{contact_id}/explain", permission=Permission.HITS)
def explain_rule(call: Call, contact_id: int, body: ExplainIn) -> ExplanationOut:
    """Explain what a rule that is not saved says of a contact.

    As for a topic; a rule that cannot be read, or that asks about topics that are not in force, is
    refused with the path and the reason of every fault.
    """
    call.caller.require(Permission.TRANSCRIPT)
    version = Version(read_rule(body.rule), body.key, None, RuleState.UNSAVED)
    with call.parts.database.read() as connection:
        check_contact(connection, call.caller, contact_id)
    return _explained(call, contact_id, None, version)


def _explained(
    call: Call, contact_id: int, topic_id: int | None, version: Version
) -> ExplanationOut:
    account_id = call.account_id
    with call.parts.database.read() as connection:
        catalogue = read_catalogue(connection, account_id)
        question = read_question(connection, account_id, contact_id, version, catalogue)
        stored = None
        if topic_id is not None:
            stored = stored_verdict(connection, account_id, contact_id, topic_id)
    explained = explain(question)
    return ExplanationOut(
        contact_id=contact_id,
        topic_id=topic_id,
        version=version.number,
        state=version.state,
        scope=version.rule.scope,
        verdict=explained.verdict,
        stored=stored,
        units=explained.units,
        units_left_out=explained.left_out,
    )
