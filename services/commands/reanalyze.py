"""`tematika reanalyze`: judge stored calls again by topics, or show what that would change."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from sqlalchemy import Connection, func, select

from services.commands.accounts import NamedAccount, find_account
from services.commands.assemble import assemble
from services.commands.watching import results_table, watch
from services.topics.runs.starting import apply_dry_run, refuse_moved, start_retag
from shared.contacts.filters import ContactFilter, matching
from shared.db.session import Database
from shared.db.tables import contacts, topics
from shared.errors import InvalidInput
from shared.runs import control, store
from shared.runs.kinds import RETAG, RunState

ACTOR = "cli"


@click.command()
@click.option("--account", metavar="ID|NAME", help="Not needed while there is only one.")
@click.option("--since", metavar="TIME", help="Calls that began at or after: a date or ISO 8601.")
@click.option("--until", metavar="TIME", help="Calls that began before.")
@click.option("--topic", "keys", multiple=True, metavar="KEY", help="May be repeated; else all.")
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@click.option("--drafts", is_flag=True, help="Judge by drafts where there are; with --dry-run.")
@click.option("--everything", is_flag=True, help="Also what has been judged already.")
@click.option("--yes", is_flag=True, help="Do not ask before anything is changed.")
@click.option("--apply", "applied_id", type=int, metavar="RUN", help="Apply a dry run.")
@click.option("--watch", "watched_id", type=int, metavar="RUN", help="Show a run that goes on.")
@click.option("--resume", "resumed_id", type=int, metavar="RUN", help="Go on with a stopped run.")
@click.option("--cancel", "cancelled_id", type=int, metavar="RUN", help="Cancel a run.")
@click.option("--undo", "undone_id", type=int, metavar="RUN", help="Take back an applied run.")
def reanalyze(
    *,
    account: str | None,
    since: str | None,
    until: str | None,
    keys: Sequence[str],
    dry_run: bool,
    drafts: bool,
    everything: bool,
    yes: bool,
    applied_id: int | None,
    watched_id: int | None,
    resumed_id: int | None,
    cancelled_id: int | None,
    undone_id: int | None,
) -> None:
    """Judge stored calls again by topics.

    Workers do it, any number of them; this command starts the run and shows it. Ctrl-C leaves it
    going. What the versions in force have judged already is passed by. Marks of people stay.
    Exit status 1 when the run fails.
    """
    if drafts and not dry_run:
        raise click.UsageError("--drafts goes with --dry-run: activate a draft to apply it")
    named = (applied_id, watched_id, resumed_id, cancelled_id, undone_id)
    if sum(one is not None for one in named) > 1:
        raise click.UsageError("name one run, and one thing to do with it")
    run_id = next((one for one in named if one is not None), None)
    if run_id is not None and (since or until or keys or dry_run or everything):
        raise click.UsageError("a run that is there already has its own calls and topics")
    database = assemble().database
    with database.read() as connection:
        of = find_account(connection, account)
    if run_id is None:
        wanted = ContactFilter(from_ms=_time(since, of.zone), to_ms=_time(until, of.zone))
        with database.read() as connection:
            asked = _topic_ids(connection, of, keys)
            count = _count(connection, of, wanted)
        if not (dry_run or yes):
            click.confirm(f"Judge {count} calls of «{of.name}» again?", abort=True, err=True)
        with database.write() as connection:
            run_id = start_retag(
                connection,
                account_id=of.id,
                actor=ACTOR,
                asked=asked,
                wanted=wanted,
                apply=not dry_run,
                drafts=drafts,
                everything=everything,
            )
    elif applied_id is not None:
        with database.write() as connection:
            run_id = apply_dry_run(connection, account_id=of.id, actor=ACTOR, dry_run_id=applied_id)
    elif watched_id is None:
        _change(database, of, run_id, resume=resumed_id, cancel=cancelled_id)
    _show(database, of, run_id)


def _change(
    database: Database, of: NamedAccount, run_id: int, *, resume: int | None, cancel: int | None
) -> None:
    with database.write() as connection:
        if resume is not None:
            run = store.read_run(connection, of.id, run_id)
            if run.kind is RETAG and run.phase is not RunState.UNDOING:
                refuse_moved(connection, run)
            control.resume(connection, of.id, run_id)
        elif cancel is not None:
            control.cancel(connection, of.id, run_id)
        else:
            control.undo(connection, of.id, run_id)


def _show(database: Database, of: NamedAccount, run_id: int) -> None:
    try:
        run = watch(database, of.id, run_id)
    except KeyboardInterrupt:
        click.echo(
            f"Run {run_id} goes on. See it with `tematika reanalyze --watch {run_id}`, end it with "
            f"`tematika reanalyze --cancel {run_id}`.",
            err=True,
        )
        return
    if run.kind is RETAG:
        with database.read() as connection:
            Console().print(results_table(connection, run))
    click.echo(f"run {run_id} is {run.state}", err=True)
    if run.state is RunState.FAILED:
        click.echo(f"{run.error_code}: {run.error_message}", err=True)
        sys.exit(1)
    if run.state is RunState.DONE and not run.apply and not run.spec.get("drafts"):
        click.echo(f"Apply it with `tematika reanalyze --apply {run_id}`.", err=True)


def _topic_ids(
    connection: Connection, of: NamedAccount, keys: Sequence[str]
) -> Sequence[int] | None:
    if not keys:
        return None
    rows = connection.execute(
        select(topics.c.key, topics.c.id).where(
            topics.c.account_id == of.id, topics.c.key.in_(keys)
        )
    )
    known = {row.key: row.id for row in rows}
    unknown = [key for key in keys if key not in known]
    if unknown:
        raise InvalidInput(f"there is no topic {', '.join(unknown)}")
    return [known[key] for key in keys]


def _count(connection: Connection, of: NamedAccount, wanted: ContactFilter) -> int:
    return int(
        connection.execute(
            select(func.count())
            .select_from(contacts)
            .where(contacts.c.account_id == of.id, *matching(of.id, wanted))
        ).scalar_one()
    )


def _time(text: str | None, zone: ZoneInfo) -> int | None:
    """UTC epoch ms of a date or time, of the account's zone unless it names one."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(f"«{text}» is not a date or an ISO 8601 time") from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    return int(moment.astimezone(UTC).timestamp() * 1000)
