"""Calls of browsers from foreign pages: only from the origins that an account allows (CORS)."""

import structlog
from flask import Response, g, request

from services.gateway.access.authentication import COOKIE
from services.gateway.account.account_store import allows_origin
from shared.db.session import Database
from shared.errors import DatabaseUnavailable
from shared.http.routes import API_PREFIX
from shared.permissions import Caller

log = structlog.get_logger(__name__)

_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, If-Match, If-None-Match, Range, "
    "X-Request-Id",
    "Access-Control-Max-Age": "600",
}
_READABLE = "ETag, Retry-After, X-Request-Id, Content-Range, Content-Disposition"


class Cors:
    """Says to browsers which foreign pages may read our answers; one per gateway.

    Only answers to a bearer token can be read, never those to a cookie: there is no
    Access-Control-Allow-Credentials, so that no foreign page acts as a signed-in person.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def answer_preflight(self) -> Response | None:
        """The answer to a browser that asks before it sends a request; None for any request else.

        Whether the origin may is said by the header that `add_headers` adds or leaves out.
        """
        if _is_preflight():
            return Response(status=204, headers=_PREFLIGHT)
        return None

    def add_headers(self, response: Response) -> Response:
        """Let the page read the answer, errors too, if its origin is allowed."""
        if not request.path.startswith(f"{API_PREFIX}/"):
            return response
        response.vary.add("Origin")
        origin = request.headers.get("Origin")
        if origin is not None and self._may_read(origin, response.status_code):
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = _READABLE
        return response

    def _may_read(self, origin: str, status: int) -> bool:
        caller: Caller | None = g.get("caller")
        if caller is not None:
            return caller.user_id is None and self._allowed(origin, caller.account_id)
        # Nobody is known: a preflight carries no token, and a wrong token belongs to no account.
        # Such an answer tells nothing of an account, so it is enough that any allows the origin.
        told_nothing = _is_preflight() or status >= 400
        return told_nothing and COOKIE not in request.cookies and self._allowed(origin, None)

    def _allowed(self, origin: str, account_id: int | None) -> bool:
        try:
            with self._database.read() as connection:
                return allows_origin(connection, origin, account_id)
        except DatabaseUnavailable as error:
            # The answer itself is made already, and may say just that the database is down.
            log.warning("origin-not-checked", detail=error.detail)
            return False


def _is_preflight() -> bool:
    return (
        request.method == "OPTIONS"
        and request.path.startswith(f"{API_PREFIX}/")
        and "Origin" in request.headers
        and "Access-Control-Request-Method" in request.headers
    )
