"""Passwords of people: argon2id with 19 MiB, two passes and one lane (OWASP Password Storage)."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH = 8
MAX_LENGTH = 200

# One lane: checking a password must not take the cores of the workers beside the gateway.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def hash_password(password: str) -> str:
    """The form in which a password is stored."""
    return _hasher.hash(password)


def verify_password(stored: str | None, password: str) -> bool:
    """Whether the password is the stored one; an unknown login (None) takes the same time."""
    try:
        return _hasher.verify(stored if stored is not None else _nobody(), password) and (
            stored is not None
        )
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    return _hasher.hash("the password of a login that does not exist")
