"""The page of the player: nothing from elsewhere, and a text in both languages for all it says."""

import re

from services.player.embed import page
from services.player.embed.schemas import PageLookQuery


def source(name: str) -> str:
    return page.assets()[name][0].decode()


def texts() -> dict[str, set[str]]:
    """Names of the texts of each language."""
    parts = re.split(
        r"^  (ru|en): \{$", source("texts.js").partition("\nconst language")[0], flags=re.MULTILINE
    )
    return {
        language: set(re.findall(r'^    "?([\w-]+)"?: ["{]', part, flags=re.MULTILINE))
        for language, part in zip(parts[1::2], parts[2::2], strict=True)
    }


def test_both_languages_say_the_same() -> None:
    known = texts()
    assert set(known) == set(page.LANGUAGES)
    assert known["ru"] == known["en"]
    assert len(known["ru"]) > 50


def test_every_text_that_is_asked_for_is_there() -> None:
    shown = page.player_page(PageLookQuery(), "ru")
    scripts = "".join(source(name) for name in page.assets() if name.endswith(".js"))
    asked = {
        *re.findall(r'data-(?:text|label)="([\w-]+)"', shown),
        *re.findall(r'\b(?:text|say)\("([\w-]+)"', scripts),
        *re.findall(r'"(key-[\w-]+)"', scripts),
    }
    assert asked <= texts()["ru"]
    assert len(asked) > 40


def test_nothing_comes_from_elsewhere() -> None:
    for name, (content, _) in page.assets().items():
        addresses = set(re.findall(r"https?://[^\s\"']+", content.decode()))
        assert addresses <= {"http://www.w3.org/2000/svg"}, name
    shown = page.player_page(PageLookQuery(), "ru")
    assert "{{" not in shown
    # The policy forbids both.
    assert not re.search(r"<script(?![^>]*\ssrc=)|\sstyle=|\son\w+=", shown)


def test_the_policy_names_the_origins_that_may_show_it() -> None:
    assert page.policy([]).endswith("; frame-ancestors 'none'")
    origins = ["https://a.example", "http://localhost:8080"]
    assert page.policy(origins).endswith(
        "; frame-ancestors https://a.example http://localhost:8080"
    )
