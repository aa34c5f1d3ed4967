"""Optimistic locking (RFC 9110): a change names the revision that it was made from."""

from flask import Request

from shared.errors import PreconditionFailed, PreconditionRequired


def etag(revision: int) -> dict[str, str]:
    """The header that tells a client which revision it got."""
    return {"ETag": f'"{revision}"'}


def refuse_stale(request: Request, revision: int) -> None:
    """PreconditionRequired without If-Match, PreconditionFailed when it names another revision."""
    if not request.if_match:
        raise PreconditionRequired("send the ETag of what you change as the header If-Match")
    if not request.if_match.contains(str(revision)):
        raise PreconditionFailed(
            f'it was changed meanwhile and is at revision "{revision}": read it again'
        )
