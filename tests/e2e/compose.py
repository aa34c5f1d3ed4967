"""Reads docker-compose.yml as docker compose would, as far as this file uses it."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
_VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?:(?P<how>:-|:\?)(?P<text>[^}]*))?\}")


class MissingVariable(Exception):
    """A variable that compose refuses to start without; the message is the file's own."""


@dataclass(frozen=True)
class Service:
    """One service: its command and environment with every variable filled in."""

    name: str
    command: list[str]
    environment: dict[str, str]
    depends_on: dict[str, str]
    has_healthcheck: bool


def read_compose(variables: dict[str, str]) -> dict[str, Service]:
    """All services of docker-compose.yml; MissingVariable as compose would refuse."""
    document = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
    filled: dict[str, Any] = _fill(document["services"], variables)
    return {
        name: Service(
            name=name,
            command=service.get("command", []),
            environment=service.get("environment", {}),
            depends_on={
                key: value["condition"] for key, value in service.get("depends_on", {}).items()
            },
            has_healthcheck="healthcheck" in service,
        )
        for name, service in filled.items()
    }


def _fill(value: Any, variables: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _fill(item, variables) for key, item in value.items()}
    if isinstance(value, list):
        return [_fill(item, variables) for item in value]
    if isinstance(value, str):
        return _VARIABLE.sub(lambda match: _filled(match, variables), value)
    return value


def _filled(match: re.Match[str], variables: dict[str, str]) -> str:
    name, how, text = match["name"], match["how"], match["text"]
    if variables.get(name):
        return variables[name]
    if how == ":?":
        raise MissingVariable(f"{name}: {text}")
    return text or ""


def read_env(path: Path) -> dict[str, str]:
    """The variables of an .env file."""
    lines = (
        line for line in path.read_text("utf-8").splitlines() if "=" in line and line[0] != "#"
    )
    return dict(line.split("=", 1) for line in lines)
