"""`tematika retention`: show which recordings the retention lets go of, or destroy them."""

import sys

import click
from rich.console import Console
from rich.table import Table

from services.commands.accounts import find_account
from services.commands.assemble import assemble
from services.commands.watching import watch
from services.player.destruction.act_store import Totals, totals
from services.player.destruction.starting import start_retention
from shared.runs.kinds import RunState

ACTOR = "cli"


@click.command()
@click.option("--account", metavar="ID|NAME", help="Not needed while there is only one.")
@click.option("--apply", is_flag=True, help="Destroy what is due; it cannot be undone.")
@click.option("--yes", is_flag=True, help="Do not ask before anything is destroyed.")
def retention(*, account: str | None, apply: bool, yes: bool) -> None:
    """Show which recordings are due by the retention of their account or group, or destroy them.

    Workers do it, any number of them; this command starts the run and shows it. Ctrl-C leaves it
    going. Without a retention nothing is due; favourites and calls on legal hold never are. Exit
    status 1 when the run fails.
    """
    database = assemble().database
    with database.read() as connection:
        of = find_account(connection, account)
    if apply and not yes:
        click.confirm(f"Destroy what is due of «{of.name}» for good?", abort=True, err=True)
    with database.write() as connection:
        run_id = start_retention(connection, account_id=of.id, actor=ACTOR, apply=apply)
    try:
        run = watch(database, of.id, run_id)
    except KeyboardInterrupt:
        click.echo(f"Run {run_id} goes on; `GET /destructions/{run_id}` shows it.", err=True)
        return
    with database.read() as connection:
        found = totals(connection, of.id, run_id)
    Console().print(_table(found, applied=apply))
    click.echo(f"run {run_id} is {run.state}", err=True)
    if run.state is RunState.FAILED:
        click.echo(f"{run.error_code}: {run.error_message}", err=True)
        sys.exit(1)
    if not apply and found.planned:
        click.echo("Destroy them with `tematika retention --apply`.", err=True)


def _table(found: Totals, *, applied: bool) -> Table:
    table = Table(title="What was destroyed" if applied else "What is due")
    for name in ("reason", "recordings"):
        table.add_column(name, justify="right" if name == "recordings" else "left")
    for reason, count in sorted(found.reasons.items()):
        table.add_row(reason, str(count))
    table.add_row("all", str(sum(found.reasons.values())))
    table.add_row("MB of sound as it came", f"{found.size_bytes / 1e6:.1f}")
    return table
