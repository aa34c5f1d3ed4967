"""Starts re-tagging runs, and applies what a dry run has shown if the rules are still the same."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from services.topics.runs.pinning import in_force, moved, pin
from services.topics.runs.spec import RetagSpec
from shared.contacts.filters import ContactFilter
from shared.errors import Conflict
from shared.runs import store
from shared.runs.control import start
from shared.runs.kinds import RETAG, RunState
from shared.runs.store import Run
from shared.runs.subjects import read_filter, stored_filter


class RulesChanged(Conflict):
    """A version that the run is pinned to is not in force any more."""

    code = "rules-changed"


def start_retag(
    connection: Connection,
    *,
    account_id: int,
    actor: str,
    asked: Sequence[int] | None,
    wanted: ContactFilter,
    apply: bool,
    drafts: bool = False,
    everything: bool = False,
) -> int:
    """Start a run of the topics `asked` for, None for all, over the wanted contacts; its id.

    Raises what `pin` and `shared.runs.control.start` raise.
    """
    spec = pin(connection, account_id, asked=asked, drafts=drafts, everything=everything)
    return _start(connection, account_id, actor, spec, wanted, apply=apply)


def apply_dry_run(connection: Connection, *, account_id: int, actor: str, dry_run_id: int) -> int:
    """Start the run that applies what a dry run has shown; its id.

    Conflict unless that is a dry run that is done, RulesChanged when other versions would judge
    now. A draft that was activated meanwhile is the version that the dry run judged by.
    """
    dry = store.read_run(connection, account_id, dry_run_id)
    if dry.kind is not RETAG or dry.apply or dry.state is not RunState.DONE:
        raise Conflict(f"run {dry_run_id} is not a dry run that is done")
    shown = RetagSpec.of(dry.spec)
    now = {one.topic_id for one in in_force(connection, account_id)}
    asked = shown.asked
    if asked is not None and not set(asked) <= now:
        raise _changed(set(asked) - now)
    spec = pin(connection, account_id, asked=asked, drafts=False, everything=shown.everything)
    if set(spec.pinned) != set(shown.pinned):
        raise _changed({one.topic_id for one in set(spec.pinned) ^ set(shown.pinned)})
    spec = replace(spec, dry_run_id=dry_run_id)
    return _start(connection, account_id, actor, spec, read_filter(dry.filter), apply=True)


def refuse_moved(connection: Connection, run: Run) -> None:
    """RulesChanged when an applied run cannot go on because a pinned version moved."""
    gone = moved(RetagSpec.of(run.spec), in_force(connection, run.account_id))
    if run.apply and gone:
        raise _changed(set(gone))


def _start(
    connection: Connection,
    account_id: int,
    actor: str,
    spec: RetagSpec,
    wanted: ContactFilter,
    *,
    apply: bool,
) -> int:
    return start(
        connection,
        account_id=account_id,
        kind=RETAG,
        apply=apply,
        spec=spec.to_document(),
        filter_=stored_filter(wanted),
        actor=actor,
    )


def _changed(topic_ids: set[int]) -> RulesChanged:
    named = ", ".join(str(topic_id) for topic_id in sorted(topic_ids))
    return RulesChanged(f"the rules have changed (topics {named}): start a new dry run")
