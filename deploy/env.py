"""Writes `.env` with random secrets for docker compose; never touches one that is there."""

import os
import secrets
import sys
from pathlib import Path

TARGET = Path(".env")
# Names with a random value of 32 URL-safe bytes each.
SECRETS = (
    "TEMATIKA_SECRET_KEY",
    "POSTGRES_PASSWORD",
    "REDIS_PASSWORD",
    "S3_SECRET_KEY",
)
HEAD = """# Secrets and settings of this installation. Keep it out of backups that others read.
# Every setting of docs/configuration.md may be added here.
S3_ACCESS_KEY=tematika
TEMATIKA_PORT_PUBLISHED=8080
# Model that recognises speech: a name (fetch it with `docker compose run --rm transcribe tematika
# model pull large-v3-turbo`) or a folder mounted into the containers.
TEMATIKA_SPEECH_MODEL=large-v3-turbo
"""


def make_env(target: Path) -> bool:
    """Write the file readable by its owner only; False when it exists already."""
    lines = [HEAD, *(f"{name}={secrets.token_urlsafe(32)}\n" for name in SECRETS)]
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.writelines(lines)
    return True


if __name__ == "__main__":
    if not make_env(TARGET):
        sys.exit(f"{TARGET} is there already: remove it first if you want new secrets")
    print(f"wrote {TARGET} with random secrets; next: docker compose up -d")  # noqa: T201 - a script
