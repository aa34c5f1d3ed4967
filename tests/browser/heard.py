"""The player in a browser, and what comes out of its loudspeakers, measured by Web Audio."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Frame, Page

from tests.browser.sounds import pitch_hz
from tests.processes import wait_until

LISTEN_IN = (Path(__file__).parent / "listen_in.js").read_text("utf-8")
CLOSE_HZ = 25
"""The analyser tells pitches apart by 6 Hz, and those of `steps` lie 130 Hz apart."""


@dataclass(frozen=True)
class Player:
    """The player's page, in a tab of its own or in a frame of another page."""

    page: Page | Frame

    @property
    def position_s(self) -> float:
        return float(self.page.evaluate("listenIn.audio.currentTime"))

    @property
    def playing(self) -> bool:
        return bool(self.page.evaluate("!!listenIn.audio && !listenIn.audio.paused"))

    @property
    def asked(self) -> str:
        """Address of the sound that is playing."""
        return str(self.page.evaluate("listenIn.audio.currentSrc"))

    @property
    def message(self) -> str:
        return self.page.locator("#message").inner_text()

    def play(self) -> None:
        self.page.locator("#play").click()

    def seek(self, second: float, of_s: float) -> None:
        """Click into the picture of the call."""
        picture = self.page.locator("#waveform")
        box = picture.bounding_box()
        assert box is not None
        picture.click(position={"x": box["width"] * second / of_s, "y": box["height"] / 2})

    def choose(self, name: str, value: str) -> None:
        self.page.locator(f'input[name={name}][value="{value}"]').check()

    def heard(self) -> dict[str, Any]:
        """`at` (s), and of left and right the loudest pitch in Hz, 0 for silence."""
        measured = self.page.evaluate("listenIn.measure()")
        assert isinstance(measured, dict)
        return measured

    def hears(self, left: int | None, right: int | None, *, from_s: float = 0) -> None:
        """Wait until each side sounds like this channel of `steps` at that very second.

        None stands for silence; `from_s` is the least place that it must be heard at.
        """
        said: dict[str, Any] = {}

        def sounds_so() -> bool:
            said.update(self.heard())
            at_s = said["at"]
            # What is measured was played within the last fifth of a second.
            return at_s >= from_s and any(
                _close(said["left"], left, int(moment))
                and _close(said["right"], right, int(moment))
                for moment in (at_s, max(0.0, at_s - 0.2))
            )

        try:
            wait_until(sounds_so, within_s=10, what="the sound")
        except AssertionError as error:
            wanted = f"wanted channels {left} and {right} from {from_s} s"
            raise AssertionError(
                f"{wanted}, last heard {said}, page says {self.message!r}"
            ) from error

    def goes_on(self) -> None:
        """Wait until the sound has moved on."""
        before_s = self.position_s
        wait_until(lambda: self.position_s > before_s + 0.2, within_s=8, what="the sound to go on")


def _close(heard_hz: float, channel: int | None, second: int) -> bool:
    wanted_hz = 0 if channel is None else pitch_hz(channel, second)
    return bool(abs(heard_hz - wanted_hz) <= CLOSE_HZ)
