"""From the token of a link to what it opens: one contact, heard by a caller made for it."""

from dataclasses import dataclass, replace

from services.player.embed.store import read_open_link
from services.player.embed.tokens import LinkToken
from shared.errors import Gone, NotFound
from shared.http.routes import Call
from shared.permissions import Caller, Permission, Sees


class LinkExpired(Gone):
    """The link was good once; its time is over, or somebody has revoked it."""

    code = "link-expired"


@dataclass(frozen=True, slots=True)
class OpenLink:
    """What a link shows, and the request as its caller sends it."""

    call: Call
    contact_id: int
    start_ms: int
    with_download: bool
    expires_at_ms: int


def signed(call: Call, text: str) -> LinkToken:
    """The token that we have signed; NotFound for any other text."""
    token = LinkToken.read(text, call.cursors.secret)
    if token is None:
        raise NotFound("there is no such link")
    return token


def open_link(call: Call, text: str) -> OpenLink:
    """What the token opens at this moment; NotFound or LinkExpired if nothing."""
    token = signed(call, text)
    with call.parts.database.read() as connection:
        link = read_open_link(connection, token)
    if link is None:
        raise LinkExpired("the link has expired or was revoked")
    shown = {
        Permission.SOUND: True,
        Permission.TRANSCRIPT: link.with_transcript,
        Permission.HITS: link.with_hits,
    }
    caller = Caller(
        account_id=token.account_id,
        actor=f"link:{token.link_id}",
        permissions=frozenset(name for name, is_shown in shown.items() if is_shown),
        # Of what stands beside contacts it sees nothing.
        sees=Sees.OWN,
        contact_id=link.contact_id,
    )
    return OpenLink(
        call=replace(call, known_caller=caller),
        contact_id=link.contact_id,
        start_ms=link.start_ms,
        with_download=link.with_download,
        expires_at_ms=link.expires_at,
    )
