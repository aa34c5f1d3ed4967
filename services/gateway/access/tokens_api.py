"""Tokens of machines: made, listed and revoked by people or machines that hold `settings`."""

from services.gateway.access.schemas import NewToken, TokenIn, TokenOut, TokenQuery
from services.gateway.access.secrets_of_callers import new_token
from services.gateway.access.token_store import (
    add_token,
    list_tokens,
    read_token,
    revoke_token,
)
from shared.errors import Forbidden, InvalidInput
from shared.http.routes import Call, Routes
from shared.http.schemas import Page
from shared.permissions import Caller, Permission

routes = Routes("tokens")


@routes.get("/tokens", permission=Permission.SETTINGS)
def list_all(call: Call, query: TokenQuery) -> Page[TokenOut]:
    """List tokens, revoked ones too, the newest first."""
    with call.parts.database.read() as connection:
        rows = list_tokens(
            connection,
            account_id=call.account_id,
            position=call.position(query),
            limit=query.limit + 1,
        )
    items = [TokenOut.model_validate(row) for row in rows]
    return call.page(Page[TokenOut], query, items, lambda token: (token.id,))


@routes.post("/tokens", permission=Permission.SETTINGS, status=201)
def create(call: Call, body: TokenIn) -> NewToken:
    """Make a token; the answer is the only place where its secret is ever shown.

    Nobody can give a token more than they hold themselves; `intake` needs nothing but `settings`.
    """
    _refuse_excess(call.caller, body)
    secret = new_token()
    with call.parts.database.write() as connection:
        token_id = add_token(
            connection,
            account_id=call.account_id,
            name=body.name,
            secret=secret,
            scopes=body.scopes,
            source_id=body.source_id,
            created_by=call.caller.user_id,
            expires_at_ms=body.expires_at,
        )
        row = read_token(connection, account_id=call.account_id, token_id=token_id)
    return NewToken(**TokenOut.model_validate(row).model_dump(), token=secret)


@routes.get("/tokens/{token_id}", permission=Permission.SETTINGS)
def read(call: Call, token_id: int) -> TokenOut:
    """Read a token."""
    with call.parts.database.read() as connection:
        return TokenOut.model_validate(
            read_token(connection, account_id=call.account_id, token_id=token_id)
        )


@routes.delete("/tokens/{token_id}", permission=Permission.SETTINGS)
def revoke(call: Call, token_id: int) -> None:
    """Revoke a token; it stays in the list."""
    with call.parts.database.write() as connection:
        revoke_token(connection, account_id=call.account_id, token_id=token_id)


def _refuse_excess(caller: Caller, body: TokenIn) -> None:
    excess = set(body.scopes) - caller.permissions - {Permission.INTAKE}
    if excess:
        names = ", ".join(f"`{name}`" for name in sorted(excess))
        raise Forbidden(f"a token cannot be given what its creator lacks: {names}")
    if body.source_id is not None and set(body.scopes) != {Permission.INTAKE}:
        reason = "only a token whose one scope is `intake` can be bound to a source"
        raise InvalidInput(reason, [("source_id", reason)])
