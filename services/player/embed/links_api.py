"""Links that show the player to people without an account: made, listed and revoked."""

from services.player.embed import store
from services.player.embed.schemas import LinkIn, LinkOut, LinkQuery, NewLinkOut
from services.player.embed.tokens import LinkToken, new_secret
from shared.http.routes import Call, Routes
from shared.http.schemas import Page
from shared.permissions import Permission

routes = Routes("embed-links")

PLAYER_PATH = "/embed/player"


@routes.post(
    "/embed-links",
    permission=Permission.SOUND,
    status=201,
    problems={404: "there is no such contact, or the caller does not see it"},
)
def create_link(call: Call, body: LinkIn) -> NewLinkOut:
    """Make a link to the player of one contact; the answer is the only place that shows it.

    Show it in a frame of a page whose origin stands in `cors_origins` of the account, or open it.
    Nobody can show by a link what they may not see: `with_transcript` needs the permission
    `transcript`, `with_hits` the permission `hits`.
    """
    if body.with_transcript:
        call.caller.require(Permission.TRANSCRIPT)
    if body.with_hits:
        call.caller.require(Permission.HITS)
    secret = new_secret()
    with call.parts.database.write() as connection:
        contact_id = store.find_contact(connection, call.caller, body)
        row = store.add_link(
            connection, call.caller, contact_id=contact_id, link=body, secret=secret
        )
    token = LinkToken(call.account_id, row.id, secret).text(call.cursors.secret)
    link = LinkOut.model_validate(row)
    return NewLinkOut(**link.model_dump(), token=token, url=f"{PLAYER_PATH}/{token}")


@routes.get("/embed-links", permission=Permission.SOUND)
def list_links(call: Call, query: LinkQuery) -> Page[LinkOut]:
    """List links, ended ones too, the newest first: one's own, with `settings` everybody's."""
    with call.parts.database.read() as connection:
        rows = store.list_links(
            connection, call.caller, position=call.position(query), limit=query.limit + 1
        )
    found = [LinkOut.model_validate(row) for row in rows]
    return call.page(Page[LinkOut], query, found, lambda link: (link.id,))


@routes.delete("/embed-links/{link_id}", permission=Permission.SOUND)
def revoke_link(call: Call, link_id: int) -> None:
    """Revoke a link: from this moment on it opens nothing. It stays in the list."""
    with call.parts.database.write() as connection:
        store.revoke_link(connection, call.caller, link_id)
