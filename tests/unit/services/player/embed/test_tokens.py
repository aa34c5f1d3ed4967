"""A token is read by who signed it, whole and unchanged, and by nobody else."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.player.embed.tokens import LinkToken, digest, new_secret

KEY = b"k" * 32
TOKEN = LinkToken(3, 2**63 - 1, new_secret())


def test_it_says_what_was_signed_and_fits_an_address() -> None:
    text = TOKEN.text(KEY)
    assert LinkToken.read(text, KEY) == TOKEN
    assert len(text) == 64
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_another_key_reads_nothing() -> None:
    assert LinkToken.read(TOKEN.text(KEY), b"other" * 8) is None


@given(st.integers(0, 47), st.integers(1, 255))
def test_any_changed_byte_is_found(place: int, change: int) -> None:
    raw = bytearray(base64.urlsafe_b64decode(TOKEN.text(KEY)))
    raw[place] ^= change
    assert LinkToken.read(base64.urlsafe_b64encode(raw).decode(), KEY) is None


@pytest.mark.parametrize("text", ["", "x", "ж" * 64, "A" * 64, "A" * 60, "A" * 68, "=" * 64, "*"])
def test_what_is_no_token(text: str) -> None:
    assert LinkToken.read(text, KEY) is None


def test_secrets_differ_and_their_digests_do() -> None:
    secrets = {new_secret() for _ in range(100)}
    assert len(secrets) == len({digest(secret) for secret in secrets}) == 100
