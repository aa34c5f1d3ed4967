"""`tematika model`: fetch a speech model and try it on this machine."""

import click

from services.transcribe.check import check_model
from services.transcribe.models import pull_model
from shared.settings import load_settings


@click.group()
def model() -> None:
    """Fetch and try speech models."""


@model.command()
@click.argument("name")
def pull(name: str) -> None:
    """Fetch the model NAME (small, large-v3-turbo, owner/name …) from the model hub."""
    path = pull_model(name, load_settings().models_path)
    click.echo(f"{name} is in {path}")
    click.echo(f"Use it: TEMATIKA_SPEECH_MODEL={name}; try it: tematika model check {name}")


@model.command()
@click.argument("wanted", metavar="NAME|PATH")
def check(wanted: str) -> None:
    """Load the model NAME or PATH with the present settings and measure it on this machine."""
    click.echo(check_model(load_settings(), wanted))
