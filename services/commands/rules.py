"""`tematika rules`: check, try, take in and write out packs of topics."""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy import Connection, select

from services.commands.assemble import assemble
from services.topics.catalogue.asking import Catalogue
from services.topics.catalogue.packs import by_program, import_packs
from services.topics.catalogue.packs_export import export_pack
from services.topics.catalogue.packs_judging import (
    JudgedTopic,
    catalogue_of,
    judge_packs,
    refuse_unfit,
)
from services.topics.catalogue.packs_plan import Action, PlannedTopic
from services.topics.language.pack import WrittenPack, pack_files, read_files
from services.topics.language.pack_text import pack_text
from shared.db.tables import accounts
from shared.errors import InvalidInput

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
# A longer number is greater than any id.
_LONGEST_ID = 19
_ACCOUNT = click.option("--account", required=True, metavar="ID|NAME", help="Id or name.")


@click.group()
def rules() -> None:
    """Packs of topics: check, try, take in, write out.

    A pack is a YAML file such as those of rules/ru.
    """


@rules.command()
@click.argument("files", nargs=-1, required=True, type=_FILE, metavar="FILE...")
def check(files: Sequence[Path]) -> None:
    """Name everything wrong in packs, by line.

    Each as `file:line: reason`. Their rules may ask about each other's topics and about those of
    the packs that come with Tematika. Exit status 1 when anything is wrong.
    """
    with _naming_places():
        packs = read_files(files)
        refuse_unfit(packs, _own_topics())
    for path, written in zip(files, packs, strict=True):
        topics = written.pack.topics
        examples = sum(len(one.should_match) + len(one.should_not_match) for one in topics)
        click.echo(f"{path}: {len(topics)} topics, {examples} examples, nothing wrong")


@rules.command()
@click.argument("files", nargs=-1, type=_FILE, metavar="[FILE...]")
def test(files: Sequence[Path]) -> None:
    """Judge topics by their own examples.

    Those of the packs, or without FILE those that come with Tematika. Exit status 1 when an example
    does not come out as written.
    """
    with _naming_places():
        packs = read_files(files or pack_files())
        judged = judge_packs(packs, _own_topics())
    console = Console()
    rest = iter(judged)
    for written in packs:
        console.print(_judged_table(written, list(islice(rest, len(written.pack.topics)))))
    faults = _show_faults(judged)
    examples = sum(len(one.text.should_match) + len(one.text.should_not_match) for one in judged)
    click.echo(f"{len(judged)} topics, {examples} examples, {faults} broken")
    if faults:
        sys.exit(1)


@rules.command(name="import")
@click.argument("files", nargs=-1, required=True, type=_FILE, metavar="FILE...")
@_ACCOUNT
@click.option("--activate", is_flag=True, help="Put topics in force whose examples hold.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
def import_(files: Sequence[Path], *, account: str, activate: bool, dry_run: bool) -> None:
    """Take packs into an account.

    Adds topics that it lacks and writes drafts of those that differ; topics are known by their
    keys, and none is removed. Exit status 1 when one was to be put in force and could not be.
    """
    with _naming_places():
        packs = read_files(files)
        parts = assemble()
        with parts.database.read() as connection:
            account_id, name = _find_account(connection, account)
        planned = import_packs(
            parts.database,
            by_program(account_id),
            packs,
            settings=parts.settings,
            activate=activate,
            dry_run=dry_run,
        )
    differing = [one for one in planned if one.action is not Action.UNCHANGED]
    if differing:
        Console().print(_planned_table(differing))
    faults = _show_faults([one.judged for one in planned])
    counts = Counter(one.action for one in planned)
    told = [f"{counts[action]} {action}" for action in Action if counts[action]]
    told.append(f"{sum(one.activates for one in planned)} put in force")
    begin = "nothing was done; it would be" if dry_run else "done"
    click.echo(f"account {account_id} «{name}»: {begin}: {', '.join(told)}")
    if activate and faults:
        sys.exit(1)


@rules.command()
@_ACCOUNT
@click.option("--group", help="Name of a heading; its topics, and those that they ask about.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="File to write.")
def export(*, account: str, group: str | None, output: Path | None) -> None:
    """Write the topics of an account as a pack.

    Each is written as it is in force, or as its draft while it never was.
    """
    parts = assemble()
    with parts.database.read() as connection:
        account_id, name = _find_account(connection, account)
        pack = export_pack(connection, account_id, group=group)
    text = pack_text(pack)
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"{output}: {error.strerror}") from error
    click.echo(f"{len(pack.topics)} topics of account {account_id} «{name}» are in {output}")


@contextmanager
def _naming_places() -> Iterator[None]:
    """End the command with each wrong place of its input on a line of its own."""
    try:
        yield
    except InvalidInput as error:
        for where, reason in error.errors:
            click.echo(f"{where}: {reason}", err=True)
        if not error.errors:
            click.echo(f"tematika: {error.detail}", err=True)
        sys.exit(1)


def _own_topics() -> Catalogue:
    return catalogue_of(read_files(pack_files()))


def _find_account(connection: Connection, wanted: str) -> tuple[int, str]:
    known = accounts.c.name == wanted
    if wanted.isdecimal() and len(wanted) < _LONGEST_ID:
        known = accounts.c.id == int(wanted)
    rows = connection.execute(
        select(accounts.c.id, accounts.c.name).where(known).order_by(accounts.c.id)
    ).all()
    if len(rows) == 1:
        return rows[0].id, rows[0].name
    found = "none" if not rows else "accounts " + ", ".join(str(row.id) for row in rows)
    raise click.BadParameter(f"«{wanted}» names {found}", param_hint="--account")


def _judged_table(written: WrittenPack, judged: Sequence[JudgedTopic]) -> Table:
    file = written.where(()).rpartition(":")[0]
    title = f"{escape(file)} · {escape(written.pack.name)}"
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    table.add_column("topic")
    table.add_column("name")
    for heading in ("should", "should not", "broken"):
        table.add_column(heading, justify="right")
    for one in judged:
        table.add_row(
            one.topic.key,
            escape(one.topic.name),
            str(len(one.topic.should_match)),
            str(len(one.topic.should_not_match)),
            f"[red]{len(one.faults)}[/]" if one.faults else "",
        )
    return table


def _planned_table(planned: Sequence[PlannedTopic]) -> Table:
    table = Table("topic", "name", "what", "differs in", "becomes", box=SIMPLE_HEAD)
    for one in planned:
        becomes = "in force" if one.activates else "draft" if one.writes_draft else ""
        if one.replaces_draft:
            becomes += ", over another draft"
        table.add_row(
            one.key, escape(one.judged.topic.name), one.action, ", ".join(one.changes), becomes
        )
    return table


def _show_faults(judged: Sequence[JudgedTopic]) -> int:
    """Print the faults of topics, one a line; how many there are."""
    faults = [(where, one.topic.key, reason) for one in judged for where, reason in one.faults]
    for where, key, reason in faults:
        click.echo(f"{where}: {key}: {reason.replace(chr(10), ' / ')}")
    return len(faults)
