"""The `tematika` command: one group, each command in a file of services/commands."""

import sys
from importlib import import_module

import click

from shared.errors import TematikaError

# Command → (module, object): a command's libraries are imported only when it is called.
COMMANDS = {
    "init": ("services.commands.init", "init"),
    "migrate": ("services.commands.migrate", "migrate"),
    "serve": ("services.commands.serve", "serve"),
    "worker": ("services.commands.worker", "worker"),
    "import": ("services.commands.archive", "import_"),
    "rules": ("services.commands.rules", "rules"),
    "reanalyze": ("services.commands.reanalyze", "reanalyze"),
    "retention": ("services.commands.retention", "retention"),
    "model": ("services.transcribe.cli", "model"),
    "doctor": ("services.commands.doctor", "doctor"),
    "demo": ("services.commands.demo", "demo"),
}


class LazyGroup(click.Group):
    """A group that finds its commands by name in COMMANDS."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Names of all commands in the order of use."""
        return list(COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        cmd_name: str,
    ) -> click.Command | None:
        """Import one command."""
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(module), name)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tematika")
def tematika() -> None:
    """Speech analytics and recording processing behind a call journal."""


def main() -> None:
    """Run the command; a failure that Tematika names is one line on stderr and exit status 1."""
    try:
        tematika()
    except TematikaError as error:
        click.echo(f"tematika: {error.detail}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
