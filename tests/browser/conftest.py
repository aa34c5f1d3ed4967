"""Fixtures of the browser's tests: a real Chromium against a real gateway on a real port."""

import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.browser.heard import LISTEN_IN, Player
from tests.browser.stand import Stand, running_stand

OpenPlayer = Callable[..., Player]


@pytest.fixture(scope="session")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """The whole system, empty; each test hands its own calls in."""
    with running_stand(tmp_path_factory.mktemp("stand")) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium as the operating system has it."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("needs Chromium (Debian's package chromium)")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=program, args=["--autoplay-policy=no-user-gesture-required"]
        )
        yield started
        started.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A visitor without cookies, whose browser prefers Russian; no page of theirs may fail."""
    opened = browser.new_context(locale="ru-RU", viewport={"width": 1000, "height": 700})
    opened.add_init_script(LISTEN_IN)
    failures: list[str] = []
    opened.on("weberror", lambda error: failures.append(str(error.error)))
    opened.on(
        "console",
        # Browsers write every refused policy and address to the console.
        lambda said: failures.append(said.text) if "Content Security Policy" in said.text else None,
    )
    yield opened
    cookies = opened.cookies()
    opened.close()
    assert failures == []
    assert cookies == []


@pytest.fixture
def open_player(context: BrowserContext) -> OpenPlayer:
    """Opens an address of the player in a tab of its own."""

    def show(address: str) -> Player:
        page = context.new_page()
        page.goto(address)
        page.wait_for_selector('#player[aria-busy="false"]')
        return Player(page)

    return show
