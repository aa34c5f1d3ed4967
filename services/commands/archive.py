"""`tematika import`: an existing archive of calls and their sound."""

from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from services.commands.accounts import find_account
from services.commands.assemble import assemble
from services.gateway.intake.archive import ImportReport, import_archive
from services.gateway.intake.outcome import Outcome
from services.gateway.intake.sources import find_source
from services.gateway.intake.table import count_rows


@click.command(name="import")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[FOLDER] CALLS.CSV")
@click.option("--account", type=int, help="Id of the account; not needed while there is only one.")
@click.option("--source", default="pbx", show_default=True, help="External id of the source.")
@click.option(
    "--adopt",
    metavar="PREFIX",
    help="The sound is in the object store already: a recording is the object PREFIX + its cell. "
    "Nothing is copied, and these objects are never deleted by us. FOLDER is not needed then.",
)
def import_(
    paths: tuple[Path, ...], *, account: int | None, source: str, adopt: str | None
) -> None:
    """Take in an archive: a table of calls, and a folder with their recordings.

    Each row of the table is a call (contact_id, started_at), and may name one leg of it and one
    recording; a call with several has several rows. It can be stopped and started again.
    docs/import.md lists the columns.
    """
    wanted = 1 if adopt is not None else 2
    if len(paths) not in {wanted, 2}:
        raise click.UsageError("FOLDER and CALLS.CSV are needed, or --adopt PREFIX and CALLS.CSV")
    folder, table = (paths[0] if len(paths) == 2 else None), paths[-1]
    parts = assemble()
    with parts.database.read() as connection:
        named = None if account is None else str(account)
        sender = find_source(connection, find_account(connection, named).id, source)
    console = Console(stderr=True)
    rows = count_rows(table)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
    ) as bars:
        bar = bars.add_task("rows", total=rows)
        report = import_archive(
            parts,
            sender,
            table,
            folder=folder,
            adopt=adopt,
            progress=lambda done: bars.update(bar, completed=done),
        )
    show(report)
    if report.failures:
        raise SystemExit(1)


def show(report: ImportReport) -> None:
    """Print what an import did: counts on stdout, each wrong line on stderr."""
    for line, detail in report.failures:
        click.echo(f"line {line}: {detail}", err=True)
    for what, counts in (("calls", report.contacts), ("recordings", report.recordings)):
        told = ", ".join(
            f"{counts[outcome]} {word}"
            for outcome, word in (
                (Outcome.CREATED, "new"),
                (Outcome.CHANGED, "changed"),
                (Outcome.UNCHANGED, "unchanged"),
            )
        )
        click.echo(f"{what:<11} {told}")
    click.echo(f"failed      {len(report.failures)} lines")
