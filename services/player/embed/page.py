"""The page of the embedded player and its files: written by hand, sent as they are."""

import hashlib
from functools import cache
from importlib.resources import files

from services.player.embed.schemas import PageLookQuery

_FILES = files("services.player.embed") / "static"
_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
ASSETS_PATH = "/embed/assets"
LANGUAGES = ("ru", "en")


@cache
def assets() -> dict[str, tuple[bytes, str]]:
    """Content and media type of each file that the page loads, by name."""
    return {
        file.name: (file.read_bytes(), _TYPES[suffix])
        for file in sorted(_FILES.iterdir(), key=lambda file: file.name)
        if (suffix := file.name.rpartition(".")[2]) in _TYPES
    }


@cache
def version() -> str:
    """Digest of all files together: their address changes when any of them does."""
    whole = hashlib.sha256()
    for name, (content, _) in assets().items():
        whole.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
    return whole.hexdigest()[:16]


def player_page(look: PageLookQuery, language: str) -> str:
    """The page of the player, which asks for everything else itself."""
    return _filled("player.html", look, language)


def message_page(code: str, look: PageLookQuery, language: str) -> str:
    """The page that says, without a script, why there is no player."""
    return _filled(f"{code}.html", look, language)


def _filled(name: str, look: PageLookQuery, language: str) -> str:
    page = (_FILES / name).read_text("utf-8")
    for placeholder, value in (
        ("language", look.lang or language),
        ("theme", look.theme or "auto"),
        ("assets", f"{ASSETS_PATH}/{version()}"),
    ):
        page = page.replace(f"{{{{{placeholder}}}}}", value)
    return page


def policy(origins: list[str]) -> str:
    """The page's Content-Security-Policy: nothing from elsewhere, framed by these origins only."""
    ancestors = " ".join(origins) or "'none'"
    return "; ".join(
        (
            "default-src 'none'",
            *(f"{kind}-src 'self'" for kind in ("script", "style", "img", "media", "connect")),
            "base-uri 'none'",
            "form-action 'none'",
            f"frame-ancestors {ancestors}",
        )
    )
