"""The foreign journal of docs/journal-integration.md, as it stands, in a browser; and who may not."""

import re
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, BrowserContext, Frame, expect

from tests.browser.heard import Player
from tests.browser.sounds import FORMATS
from tests.browser.stand import Stand

DOCS = Path(__file__).parents[2] / "docs" / "journal-integration.md"


class Pages:
    """A web server on an origin of its own, `http://localhost` and a port."""

    def __init__(self) -> None:
        self.page = ""
        handler = partial(_Answering, self)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)  # type: ignore[arg-type]
        self.origin = f"http://localhost:{self.server.server_port}"


class _Answering(BaseHTTPRequestHandler):
    def __init__(self, pages: Pages, *connection: object) -> None:
        self._pages = pages
        super().__init__(*connection)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(self._pages.page.encode())

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def foreign() -> Iterator[Pages]:
    """A page that is not ours."""
    pages = Pages()
    thread = Thread(target=pages.server.serve_forever)
    thread.start()
    yield pages
    pages.server.shutdown()
    thread.join()
    pages.server.server_close()


@pytest.fixture(scope="module")
def calls(stand: Stand) -> int:
    """The calls that the journal of the docs shows; of the second there is no recording."""
    _, tones = FORMATS["wav-pcm16"]
    call = stand.call("7001", tones(), result="answered", topics=["Возврат денег"])
    stand.call("7002", result="missed", talk_ms=0)
    stand.ready([call])
    return call


def journal(stand: Stand) -> str:
    """The page of the docs with the address and token of the test."""
    (page,) = re.findall(r"^```html\n(.*?)^```$", DOCS.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    made = stand.ask(
        "POST", "/tokens", json={"name": "journal", "scopes": ["calls", "hits", "sound"]}
    )
    for shown, meant in (
        ("https://tematika.example", stand.address),
        ("tmk_…", made.json()["token"]),
    ):
        assert page.count(shown) == 1
        page = page.replace(shown, meant)
    return str(page)


def test_the_foreign_journal_plays_a_call(
    stand: Stand, calls: int, foreign: Pages, context: BrowserContext
) -> None:
    stand.set(cors_origins=[foreign.origin])
    foreign.page = journal(stand)
    page = context.new_page()
    page.goto(foreign.origin)
    expect(page.locator("#calls tr")).to_have_count(2)
    expect(page.locator("#calls tr").first).to_contain_text("Возврат денег")
    expect(page.get_by_role("button")).to_have_count(1)
    page.get_by_role("button", name="Слушать 7001").click()
    inside = page.frame_locator("#player")
    expect(inside.get_by_role("button", name="Слушать", exact=True)).to_be_visible()
    (frame,) = (one for one in page.frames if "/embed/player/" in one.url)
    player = Player(frame)
    player.play()
    player.hears(0, 1)
    player.seek(5.2, 8)
    player.hears(0, 1, from_s=5.2)
    expect(inside.get_by_text("Возврат денег")).to_be_visible()


def shown_in(stand: Stand, foreign: Pages, browser: Browser, address: str) -> Frame:
    """The frame in a foreign page that tries to show the player of this address."""
    foreign.page = f'<!DOCTYPE html><title>.</title><iframe src="{address}"></iframe>'
    page = browser.new_page()
    page.goto(foreign.origin, wait_until="load")
    (frame,) = page.main_frame.child_frames
    frame.wait_for_load_state()
    return frame


def test_only_pages_of_allowed_origins_show_it(
    stand: Stand, calls: int, foreign: Pages, browser: Browser
) -> None:
    address = stand.link(calls)
    for allowed in ([], ["https://journal.example"]):
        stand.set(cors_origins=allowed)
        refused = shown_in(stand, foreign, browser, address)
        assert refused.locator("#play").count() == 0
        assert refused.url.startswith("chrome-error:")
        refused.page.close()
    stand.set(cors_origins=[foreign.origin])
    frame = shown_in(stand, foreign, browser, address)
    expect(frame.locator("#play")).to_be_visible()
    frame.page.close()
