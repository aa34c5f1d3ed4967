"""The token of a link to the player: which link it is, its secret, and our signature; pure."""

import base64
import hashlib
import hmac
import secrets
import struct
from dataclasses import dataclass
from typing import Self

_SECRET_BYTES = 16
_MAC_BYTES = 16
_IDS = struct.Struct(">qq")
_PURPOSE = b"embed-link\n"


@dataclass(frozen=True, slots=True)
class LinkToken:
    """What a token says. Only who holds the secret may open the link; we keep its digest alone."""

    account_id: int
    link_id: int
    secret: bytes

    def text(self, key: bytes) -> str:
        """The token as it stands in an address: 64 characters of base64url."""
        said = _IDS.pack(self.account_id, self.link_id) + self.secret
        return base64.urlsafe_b64encode(said + _mac(key, said)).decode()

    @classmethod
    def read(cls, text: str, key: bytes) -> Self | None:
        """What the token says; None for one that we have not signed."""
        try:
            raw = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
        except ValueError:
            return None
        said, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
        if len(said) != _IDS.size + _SECRET_BYTES or not hmac.compare_digest(mac, _mac(key, said)):
            return None
        account_id, link_id = _IDS.unpack_from(said)
        return cls(account_id, link_id, said[_IDS.size :])


def new_secret() -> bytes:
    """128 random bits."""
    return secrets.token_bytes(_SECRET_BYTES)


def digest(secret: bytes) -> bytes:
    """The only form in which a secret is stored."""
    return hashlib.sha256(secret).digest()


def _mac(key: bytes, said: bytes) -> bytes:
    return hmac.digest(key, _PURPOSE + said, "sha256")[:_MAC_BYTES]
