"""Puts topics in force and takes them out, so that no rule in force asks about one that is not."""

from sqlalchemy import Connection

from services.topics.catalogue import store
from services.topics.catalogue.asking import Catalogue
from services.topics.catalogue.revisions import raise_revision
from shared.errors import Conflict


class NotActivatable(Conflict):
    """The topic cannot be put in force; `errors` names everything that stands in the way."""

    code = "not-activatable"


class StillAsked(Conflict):
    """Other topics in force ask about this one; the detail names them."""

    code = "still-asked-about"


def switch_on(connection: Connection, account_id: int, key: str) -> None:
    """Let calls be judged by the topic's version again; NotActivatable when that is not possible."""
    catalogue = store.read_catalogue(connection, account_id)
    rule = catalogue.topics[key].rule
    if rule is None:
        return
    refuse_missing(list(catalogue.missing(rule, key)))
    raise_revision(connection, account_id, catalogue.affected(key))


def switch_off(connection: Connection, account_id: int, key: str) -> None:
    """Let no call be judged by the topic; StillAsked while others need its verdict."""
    catalogue = store.read_catalogue(connection, account_id)
    refuse_asked(catalogue, key)
    raise_revision(connection, account_id, ())


def refuse_missing(missing: list[tuple[str, str]]) -> None:
    """NotActivatable when the rule asks about what it cannot ask about."""
    if missing:
        reasons = "; ".join(reason for _, reason in missing)
        raise NotActivatable(f"the topic cannot be put in force: {reasons}", missing)


def refuse_asked(catalogue: Catalogue, key: str) -> None:
    """StillAsked when a topic in force asks about this one."""
    askers = catalogue.askers(key)
    if askers:
        names = ", ".join(f"«{topic.name}» ({topic.key})" for topic in askers)
        raise StillAsked(f"topics in force ask about it: {names}")
