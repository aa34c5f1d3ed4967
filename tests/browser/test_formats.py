"""Every format that telephone systems record in plays in a browser, seeks, and switches."""

import pytest

from tests.browser.conftest import OpenPlayer
from tests.browser.sounds import FORMATS, SECONDS
from tests.browser.stand import Stand
from tests.processes import wait_until


@pytest.fixture(scope="module")
def calls(stand: Stand) -> dict[str, int]:
    """A call of each format, handed in together, so that the worker is ahead of the tests."""
    stand.set(denoise_always=True, denoise_strength="light")
    return {name: stand.call(name, make()) for name, (_, make) in FORMATS.items()}


@pytest.mark.parametrize("name", FORMATS)
def test_format(name: str, stand: Stand, calls: dict[str, int], open_player: OpenPlayer) -> None:
    channels, _ = FORMATS[name]
    stand.ready([calls[name]])
    player = open_player(stand.link(calls[name]))
    operator, client = (0, 1) if channels > 1 else (0, 0)
    player.play()
    player.hears(operator, client)
    player.goes_on()
    player.seek(5.2, SECONDS)
    player.hears(operator, client, from_s=5.2)
    if channels == 1:
        assert player.page.locator("#channel").is_hidden()
    else:
        player.seek(3.2, SECONDS)
        player.choose("channel", "client")
        player.hears(client, None, from_s=3.2)
        assert "channel=client" in player.asked
        player.choose("channel", "operator")
        player.hears(operator, None, from_s=3.2)
        player.choose("channel", "mix")
    player.seek(4.2, SECONDS)
    player.choose("noise", "light")
    wait_until(lambda: "strength=light" in player.asked, within_s=30, what="less noise")
    player.seek(4.2, SECONDS)
    if not player.playing:
        player.play()
    player.hears(operator, client, from_s=4.2)
