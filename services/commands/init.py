"""`tematika init`: the first account with its owner, roles, topic packs and intake token."""

import secrets

import click

from services.commands.assemble import assemble
from services.gateway.accounts import NewAccount, create_account
from services.topics.catalogue.packs import load_packs
from shared.db.migrate import upgrade
from shared.queue.runner import Parts


def make_account(parts: Parts, *, languages: tuple[str, ...], **account: str) -> NewAccount:
    """Make an account and load the topic packs of its languages, in one transaction."""
    with parts.database.write() as connection:
        made = create_account(connection, **account)
        load_packs(connection, made.account_id, languages)
    return made


@click.command()
@click.option("--name", default="Моя компания", show_default=True, help="Name of the account.")
@click.option("--login", default="owner", show_default=True, help="The owner's login.")
@click.option(
    "--password",
    help="The owner's password; by default a random one is printed.",
)
@click.option("--language", type=click.Choice(["ru", "en"]), default="ru", show_default=True)
@click.option("--time-zone", default="Europe/Moscow", show_default=True)
@click.option("--country", default="RU", show_default=True, help="Country of numbers without one.")
@click.option("--model", default="", help="The account's own speech model: a name or a folder.")
def init(
    *,
    name: str,
    login: str,
    password: str | None,
    language: str,
    time_zone: str,
    country: str,
    model: str,
) -> None:
    """Make the first account, its owner and an intake token; prints their secrets this once."""
    parts = assemble(any_schema=True)
    upgrade(parts.database)
    parts.store.prepare()
    chosen = password or secrets.token_urlsafe(12)
    made = make_account(
        parts,
        languages=(language,),
        name=name,
        owner_login=login,
        owner_password=chosen,
        language=language,
        time_zone=time_zone,
        number_country=country,
        speech_model=model,
    )
    click.echo(f"account       {made.account_id}  {name}")
    click.echo(f"login         {login}")
    click.echo(f"password      {chosen}")
    click.echo("source        pbx")
    click.echo(f"intake token  {made.intake_token}")
    click.echo("The secrets are not shown again.")
