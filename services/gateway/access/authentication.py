"""From the headers of a request to its caller, or Unauthorized."""

import hmac
from dataclasses import dataclass

import structlog
from flask import Request

from services.gateway.access import lookup
from services.gateway.access.secrets_of_callers import TOKEN_PREFIX, csrf_token, digest
from shared.db.session import Database
from shared.errors import DatabaseUnavailable, Forbidden, Unauthorized
from shared.permissions import Caller

log = structlog.get_logger(__name__)

COOKIE = "tematika_session"
CSRF_HEADER = "X-CSRF-Token"
_SAFE_METHODS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True)
class Authentication:
    """Knows callers by their secrets; one per gateway."""

    database: Database
    key: bytes

    def caller(self, request: Request) -> Caller:
        """Who sent the request; a bearer token counts before a cookie.

        Raises Unauthorized without valid credentials, Forbidden for a changing request that carries
        a cookie but no CSRF token.
        """
        header = request.headers.get("Authorization")
        if header is not None:
            return self._by_token(header)
        session = request.cookies.get(COOKIE)
        if session is None:
            raise Unauthorized("no credentials: send a bearer token or sign in")
        return self._by_session(request, session)

    def _by_token(self, header: str) -> Caller:
        scheme, _, secret = header.partition(" ")
        secret = secret.strip()
        if scheme.lower() != "bearer" or not secret.startswith(TOKEN_PREFIX):
            raise Unauthorized("the Authorization header is not `Bearer tmk_…`")
        with self.database.read() as connection:
            known = lookup.token_caller(connection, digest(secret))
        if known is None:
            raise Unauthorized("the token is unknown, expired or revoked")
        if known.stale:
            self._note_use(known)
        return known.caller

    def _note_use(self, known: lookup.KnownToken) -> None:
        try:
            with self.database.write() as connection:
                lookup.note_use(
                    connection, account_id=known.caller.account_id, token_id=known.token_id
                )
        except DatabaseUnavailable as error:
            # Reading goes on while the database cannot be written; the next use is noted instead.
            log.warning("token-use-not-noted", token=known.token_id, detail=error.detail)

    def _by_session(self, request: Request, session: str) -> Caller:
        with self.database.read() as connection:
            caller = lookup.session_caller(connection, digest(session))
        if caller is None:
            raise Unauthorized("the session has ended: sign in again")
        if request.method not in _SAFE_METHODS:
            sent = request.headers.get(CSRF_HEADER, "")
            expected = csrf_token(self.key, session)
            if not hmac.compare_digest(sent.encode("utf-8", "surrogatepass"), expected.encode()):
                raise Forbidden(f"the header {CSRF_HEADER} is missing or wrong")
        return caller
