"""Secrets that callers carry: how they are made, and the only form in which they are stored."""

import hashlib
import hmac
import secrets

TOKEN_PREFIX = "tmk_"  # noqa: S105 - the public part of every token


def new_token() -> str:
    """A machine's token: 256 random bits behind a prefix that secret scanners can find."""
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def new_session() -> str:
    """A session cookie's value: 256 random bits."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """SHA-256 of a random secret; a slow hash is for passwords, which people choose."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def csrf_token(key: bytes, session: str) -> str:
    """What the page sends back in X-CSRF-Token; another site cannot read it."""
    return hmac.new(key, b"csrf\n" + session.encode("utf-8", "surrogatepass"), "sha256").hexdigest()
