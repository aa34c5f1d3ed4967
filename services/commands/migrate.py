"""`tematika migrate`: bring the database to this program's schema and make the bucket."""

import click

from services.commands.assemble import assemble
from shared.db.migrate import current_revision, upgrade


@click.command()
def migrate() -> None:
    """Bring the database to this program's schema and make the bucket or folder for sound.

    Safe to repeat and to run on several hosts at once.
    """
    parts = assemble(any_schema=True)
    parts.store.prepare()
    before = current_revision(parts.database)
    upgrade(parts.database)
    after = current_revision(parts.database)
    click.echo(f"schema {after}" + ("" if before == after else f" (was {before or 'empty'})"))
