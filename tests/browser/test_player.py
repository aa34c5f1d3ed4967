"""The player at work in a browser: legs, gaps, noise, words, topics, keys, and what it says."""

import json
import signal
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from shared.db.tables import audit_log, recordings
from tests.browser.conftest import OpenPlayer
from tests.browser.sounds import FORMATS, RATE_HZ, SECONDS, steps
from tests.browser.stand import Part, Stand
from tests.integration.decode.sounds import by_soundfile
from tests.integration.journal.world import World
from tests.processes import wait_until

GAP_MS = 3000
SECOND_MS = SECONDS * 1000 + GAP_MS
END_S = (SECOND_MS + SECONDS * 1000) / 1000
AT = "2026-09-21T12:00:{:02}+03:00"


def wav(first: int = 0) -> bytes:
    return by_soundfile(steps(2, first=first), RATE_HZ, "PCM_16")


@pytest.fixture(scope="module")
def transferred(stand: Stand) -> int:
    """A call of two legs with a recording each; between them nothing was recorded."""
    call = stand.call(
        "transferred",
        Part(wav(), {"legs": "first", "offset_ms": 0}),
        # On the call's clock its seconds go on counting.
        Part(wav(SECOND_MS // 1000), {"legs": "second", "offset_ms": SECOND_MS}),
        result="answered",
        ended_at=AT.format(int(END_S)),
        legs=[
            {
                "external_id": name,
                "started_at": AT.format(start_s),
                "ended_at": AT.format(end_s),
                "employee": {"external_id": name, "name": employee},
            }
            for name, start_s, end_s, employee in (
                ("first", 0, SECONDS, "Анна Иванова"),
                ("second", SECOND_MS // 1000, int(END_S), "Сергей Орлов"),
            )
        ],
    )
    stand.ready([call])
    _recognised(stand, call)
    return call


def _recognised(stand: Stand, call: int) -> None:
    """What recognition and rules leave: a phrase of each side, one of them a hit."""
    spoken = ((0, "operator", 1000, ("Добрый", "день")), (1, "client", 4000, ("верните", "деньги")))
    document = {
        "duration_ms": SECONDS * 1000,
        "utterances": [
            {
                "channel": channel,
                "speaker": speaker,
                "words": [
                    {
                        "text": word,
                        "start_ms": start_ms + 500 * place,
                        "end_ms": start_ms + 500 * place + 450,
                        "probability": 0.9,
                    }
                    for place, word in enumerate(words)
                ],
            }
            for channel, speaker, start_ms, words in spoken
        ],
    }
    with stand.database.write() as connection:
        world = World(connection, stand.account)
        recording = connection.execute(
            select(recordings.c.id)
            .where(
                recordings.c.account_id == stand.account.account_id,
                recordings.c.contact_id == call,
            )
            .order_by(recordings.c.offset_ms)
        ).scalars()
        first = next(recording)
        world.transcript(first, document=zlib.compress(json.dumps(document).encode()))
        refund = world.mark(call, world.topic("refund", "Возврат денег", colour="#c62828"))
        world.hit(refund, first, 4000, "верните деньги")
        world.mark(call, world.topic("praise", "Похвала"), "operator")


def test_a_transferred_call_plays_all_its_legs(
    stand: Stand, transferred: int, open_player: OpenPlayer
) -> None:
    player = open_player(stand.link(transferred))
    legs = player.page.locator("#legs button")
    expect(legs).to_have_text(["Анна Иванова", "Сергей Орлов"])
    player.play()
    player.hears(0, 1)
    legs.nth(1).click()
    player.hears(0, 1, from_s=SECOND_MS / 1000)
    # Between the legs there is silence, and the sound goes on through it.
    player.seek(SECONDS + 1, END_S)
    player.hears(None, None, from_s=SECONDS + 1)
    player.goes_on()
    legs.nth(0).click()
    player.hears(0, 1)
    assert player.position_s < SECONDS


def test_a_long_call_seeks_and_goes_on_over_the_end_of_an_answer(
    stand: Stand, open_player: OpenPlayer
) -> None:
    """An open range is answered by 1 MiB at most, which is 105 s of this sound."""
    seconds, end_of_answer_s = 180, (1 << 20) * 8 / 80_000
    call = stand.call("long", Part(by_soundfile(steps(2, seconds=seconds), RATE_HZ, "ALAW")))
    stand.ready([call])
    player = open_player(stand.link(call))
    player.play()
    player.hears(0, 1)
    player.seek(end_of_answer_s - 1, seconds)
    player.hears(0, 1, from_s=end_of_answer_s + 1)
    player.seek(170, seconds)
    player.hears(0, 1, from_s=169)
    player.seek(20, seconds)
    player.hears(0, 1, from_s=19)
    assert player.position_s < end_of_answer_s


def test_silence_is_skipped(stand: Stand, transferred: int, open_player: OpenPlayer) -> None:
    player = open_player(stand.link(transferred, start_ms=SECONDS * 1000 - 500))
    player.page.get_by_label("Пропускать тишину").check()
    player.play()
    player.hears(0, 1, from_s=SECOND_MS / 1000)


def test_noise_is_suppressed_while_the_sound_goes_on(stand: Stand, open_player: OpenPlayer) -> None:
    stand.set(denoise_always=False)
    call = stand.call("noisy", Part(wav()))
    stand.ready([call])
    player = open_player(stand.link(call))
    player.play()
    player.hears(0, 1)
    # The worker stands still, so that the sound is surely not there yet.
    stand.worker.send_signal(signal.SIGSTOP)
    player.choose("noise", "strong")
    expect(player.page.locator("#message")).to_contain_text("Подавляем шум")
    expect(player.page.get_by_role("progressbar")).to_be_visible()
    player.goes_on()
    assert "variant=playback" in player.asked
    before_s = player.position_s
    stand.worker.send_signal(signal.SIGCONT)
    wait_until(lambda: "strength=strong" in player.asked, within_s=30, what="the other sound")
    wait_until(lambda: player.position_s >= before_s, within_s=10, what="the same place")
    expect(player.page.get_by_role("progressbar")).to_be_hidden()
    expect(player.page.locator("#message")).to_be_empty()
    # A and B at the same place.
    if player.playing:
        player.play()
    player.seek(5.5, SECONDS)
    player.choose("noise", "")
    wait_until(lambda: "variant=playback" in player.asked, within_s=10, what="the sound as it is")
    player.play()
    player.hears(0, 1, from_s=5.5)


@pytest.fixture
def idle_worker(stand: Stand) -> Iterator[None]:
    """No recording is prepared while the test has not let the worker go on."""
    stand.worker.send_signal(signal.SIGSTOP)
    yield
    stand.worker.send_signal(signal.SIGCONT)


@pytest.mark.usefixtures("idle_worker")
def test_what_is_not_prepared_plays_and_later_seeks(stand: Stand, open_player: OpenPlayer) -> None:
    _, amr = FORMATS["amr"]
    call = stand.call("fresh", amr())
    player = open_player(stand.link(call))
    expect(player.page.locator("#message")).to_contain_text("Запись готовится")
    player.play()
    player.hears(0, 0)
    stand.worker.send_signal(signal.SIGCONT)
    stand.ready([call])
    expect(player.page.locator("#message")).to_be_empty(timeout=10_000)
    player.seek(5.2, SECONDS)
    if not player.playing:
        player.play()
    player.hears(0, 0, from_s=5.2)


def test_words_and_topics_lead_to_their_place(
    stand: Stand, transferred: int, open_player: OpenPlayer
) -> None:
    player = open_player(stand.link(transferred, with_transcript=True, with_hits=True))
    page = player.page
    expect(page.locator("#transcript .line")).to_have_count(2)
    page.get_by_text("деньги", exact=True).click()
    player.hears(0, 1, from_s=4.5)
    expect(page.locator("#transcript [aria-current]")).to_contain_text("верните деньги")
    # The hit is as long as the first of the two.
    expect(page.locator(".hit")).to_have_text(["верните"])
    page.get_by_role("button", name="0:01").click()
    expect(page.locator("#transcript [aria-current]")).to_contain_text("Добрый день")
    page.get_by_role("button", name="Возврат денег: 1 вхождение, к следующему").click()
    player.hears(0, 1, from_s=4)
    assert player.position_s < SECONDS
    expect(page.locator("#topics")).to_contain_text("Похвала")
    expect(page.locator("#ticks span")).to_have_count(1)


def test_without_the_right_there_are_no_words_and_no_topics(
    stand: Stand, transferred: int, open_player: OpenPlayer
) -> None:
    player = open_player(stand.link(transferred))
    assert player.page.locator("#transcript").is_hidden()
    assert player.page.locator("#topics").is_hidden()
    assert player.page.locator("#download").is_hidden()
    assert "верните" not in player.page.content()


def test_the_keyboard_does_it_all(stand: Stand, transferred: int, open_player: OpenPlayer) -> None:
    player = open_player(stand.link(transferred, with_hits=True))
    page = player.page
    assert isinstance(page, Page)
    keys, picture = page.keyboard, page.locator("#waveform")
    picture.focus()
    for key, place in (
        ("5", "9"),
        ("ArrowLeft", "4"),
        ("0", "0"),
        ("Shift+ArrowRight", "18"),
    ):
        keys.press(key)
        expect(picture).to_have_attribute("aria-valuenow", place)
    for key in ("]", "]", "ArrowDown", "s"):
        keys.press(key)
    expect(page.locator("#speed-value")).to_have_text("1,2×")
    expect(page.locator("#volume")).to_have_value("0.9")
    expect(page.get_by_label("Пропускать тишину")).to_be_checked()
    keys.press("n")
    player.hears(0, 1, from_s=4)
    keys.press("Space")
    wait_until(lambda: not player.playing, within_s=5, what="a pause")
    keys.press("c")
    expect(page.get_by_label("Сотрудник", exact=True)).to_be_checked()
    keys.press("?")
    expect(page.get_by_role("dialog", name="Клавиши")).to_be_visible()
    keys.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_saving_needs_the_links_leave(
    stand: Stand, transferred: int, open_player: OpenPlayer
) -> None:
    player = open_player(stand.link(transferred, with_download=True))
    with player.page.expect_download() as started:
        player.page.get_by_role("link", name="Скачать").click()
    assert started.value.suggested_filename.startswith("Входящий звонок 2026-09-21")


def test_english_by_the_address(stand: Stand, transferred: int, open_player: OpenPlayer) -> None:
    player = open_player(stand.link(transferred) + "?lang=en&theme=dark")
    expect(player.page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    assert player.page.locator("html").get_attribute("lang") == "en"
    assert (
        player.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 24, 30)"
    )


def test_what_it_says_when_there_is_nothing(
    stand: Stand, transferred: int, open_player: OpenPlayer
) -> None:
    nothing = open_player(stand.link(stand.call("unrecorded")))
    assert nothing.message == "Этот звонок не записан."
    assert nothing.page.locator("#stage").is_hidden()
    address = stand.link(transferred)
    player = open_player(address)
    player.play()
    player.hears(0, 1)
    (newest, *_) = stand.ask("GET", "/embed-links").json()["items"]
    assert stand.ask("DELETE", f"/embed-links/{newest['id']}").status_code == 204
    player.choose("channel", "client")
    expect(player.page.locator("#message")).to_contain_text("Ссылка больше не действует")
    player.page.goto(address)
    expect(player.page.get_by_role("heading", name="Ссылка больше не действует")).to_be_visible()
    expect(player.page.get_by_role("heading", name="This link works no longer")).to_be_visible()


def test_it_fits_a_narrow_frame(stand: Stand, transferred: int, open_player: OpenPlayer) -> None:
    player = open_player(stand.link(transferred, with_transcript=True, with_hits=True))
    player.page.set_viewport_size({"width": 320, "height": 480})
    assert player.page.evaluate("document.documentElement.scrollWidth") <= 320


def test_who_listened_by_a_link_is_in_the_audit_log(
    stand: Stand, transferred: int, open_player: OpenPlayer
) -> None:
    def noted() -> list[tuple[Any, ...]]:
        with stand.database.read() as connection:
            rows = connection.execute(
                select(audit_log.c.action, audit_log.c.contact_id).where(
                    audit_log.c.account_id == stand.account.account_id,
                    audit_log.c.actor == f"link:{newest['id']}",
                )
            )
            return [tuple(row) for row in rows]

    player = open_player(stand.link(transferred))
    (newest, *_) = stand.ask("GET", "/embed-links").json()["items"]
    # Looking at the page is no listening.
    assert noted() == []
    player.play()
    player.hears(0, 1)
    assert noted() == [("listen", transferred)] * 2
