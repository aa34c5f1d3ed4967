"""What a link to the player opens: its page, and the timeline, sound and peaks that the page asks."""

from flask import Response

from services.player.delivery.schemas import SoundQuery, WaveformQuery
from services.player.delivery.sound import deliver_contact, deliver_waveform
from services.player.embed import page
from services.player.embed.opening import LinkExpired, open_link, signed
from services.player.embed.schemas import EmbeddedOut, PageLookQuery
from services.player.embed.store import framing_origins
from services.player.timeline.reading import read_timeline
from services.player.timeline.store import contact_by_id
from shared.errors import Forbidden, NotFound
from shared.http.routes import Call, Public, Routes

routes = Routes("embedded-player", prefix="/embed")

_BY_LINK = Public("the token in the path opens one contact, for a while; every view checks it")
_SAME_FOR_ALL = Public("the files of the player's page hold no customer's data")
_GONE = {410: "`link-expired`: the link has expired or was revoked"}
_AS_THE_API = "as of the same sound of the API"
_HTML = "text/html; charset=utf-8"
_YEAR_S = 31_536_000


class DownloadNotAllowed(Forbidden):
    """The link shows the player without the right to save its sound."""

    code = "download-not-allowed"


@routes.get("/player/{token}", permission=_BY_LINK, produces=("text/html",), problems=_GONE)
def show_player(call: Call, token: str, query: PageLookQuery) -> Response:
    """Show the player of a link.

    Only pages of the origins in `cors_origins` of the account may hold it in a frame. A browser is
    told of a link that is good no more by a page, anybody else by a problem document.
    """
    language = call.request.accept_languages.best_match(page.LANGUAGES, page.LANGUAGES[0])
    # Whoever takes anything is no browser, which names what it likes best.
    best = call.request.accept_mimetypes.best_match(("application/problem+json", "text/html"))
    origins: list[str] = []
    status, shown = 200, page.player_page(query, language)
    try:
        # Whose page may show it is told even where there is nothing to show any more.
        with call.parts.database.read() as connection:
            origins = framing_origins(connection, signed(call, token).account_id)
        open_link(call, token)
    except (NotFound, LinkExpired) as error:
        if best != "text/html":
            raise
        status = 410 if isinstance(error, LinkExpired) else 404
        shown = page.message_page(error.code, query, language)
    return Response(
        shown,
        status,
        content_type=_HTML,
        headers={
            "Content-Security-Policy": page.policy(origins),
            "Referrer-Policy": "no-referrer",
            "X-Robots-Tag": "noindex",
            "Vary": "Accept, Accept-Language",
        },
    )


@routes.get("/player/{token}/timeline", permission=_BY_LINK, problems=_GONE)
def read_embedded_timeline(call: Call, token: str) -> EmbeddedOut:
    """Read what the player of a link draws."""
    link = open_link(call, token)
    return EmbeddedOut(
        start_ms=link.start_ms,
        with_download=link.with_download,
        expires_at=link.expires_at_ms,
        timeline=read_timeline(link.call, link.call.caller, contact_by_id(link.contact_id)),
    )


@routes.get(
    "/player/{token}/sound",
    permission=_BY_LINK,
    produces=("audio/mpeg", "audio/wav", "application/octet-stream", "application/json"),
    statuses=dict.fromkeys((202, 206, 304), _AS_THE_API),
    problems={
        **dict.fromkeys((409, 412, 416), _AS_THE_API),
        403: f"`download-not-allowed`; others {_AS_THE_API}",
        410: "`link-expired` or `recording-destroyed`",
    },
)
def get_embedded_sound(call: Call, token: str, query: SoundQuery) -> Response:
    """Listen to the contact of a link, as `GET /contacts/{contact_id}/sound`.

    Saving it needs a link that was made with `with_download`.
    """
    link = open_link(call, token)
    if query.download and not link.with_download:
        raise DownloadNotAllowed("this link does not allow to save the sound")
    return deliver_contact(link.call, link.call.caller, link.contact_id, query)


@routes.get(
    "/player/{token}/waveform/{recording_id}",
    permission=_BY_LINK,
    produces=("application/json",),
    statuses=dict.fromkeys((206, 304), _AS_THE_API),
    problems={
        **dict.fromkeys((403, 412, 416), _AS_THE_API),
        410: "`link-expired` or `recording-destroyed`",
    },
)
def get_embedded_waveform(
    call: Call, token: str, recording_id: int, query: WaveformQuery
) -> Response:
    """Read the peaks of a recording of the contact of a link."""
    link = open_link(call, token)
    return deliver_waveform(link.call, link.call.caller, recording_id, query)


@routes.get(
    "/assets/{digest}/{name}",
    permission=_SAME_FOR_ALL,
    produces=("text/css", "text/javascript", "image/svg+xml"),
)
def get_asset(_call: Call, digest: str, name: str) -> Response:
    """Get a file of the player's page."""
    found = page.assets().get(name)
    if found is None:
        raise NotFound("the player's page has no such file")
    content, media_type = found
    # While gateways of two versions run, one may be asked for a file of the other: it gives its
    # own, which nobody may keep under that address.
    fresh = digest == page.version()
    caching = f"public, max-age={_YEAR_S}, immutable" if fresh else "no-store"
    return Response(content, content_type=media_type, headers={"Cache-Control": caching})
