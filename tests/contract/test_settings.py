"""docs/configuration.md names every setting with its variable and its default; misspelt ones stop the start."""

import re
from pathlib import Path

import pytest

from shared.errors import SettingsError
from shared.settings import PREFIX, Settings, load_settings

PAGE = Path(__file__).parent.parent.parent / "docs" / "configuration.md"


def documented() -> dict[str, str]:
    rows = re.findall(r"^\| `(TEMATIKA_\w+)` \| (.*?) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    return {name: default.strip("`") for name, default in rows}


def test_the_page_names_exactly_the_settings_and_their_defaults() -> None:
    def shown(value: object) -> str:
        if hasattr(value, "get_secret_value"):
            value = value.get_secret_value()
        return "" if value is None else str(value)

    settings = {
        PREFIX + name.upper(): shown(field.default) for name, field in Settings.model_fields.items()
    }
    assert documented() == settings


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("TEMATIKA_DATABSE_URL", "x", "TEMATIKA_DATABSE_URL"),
        ("TEMATIKA_PORT", "ninety", "TEMATIKA_PORT"),
        ("TEMATIKA_STORAGE", "tape", "TEMATIKA_STORAGE"),
    ],
)
def test_a_wrong_setting_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=said):
        load_settings()


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMATIKA_S3_SECRET_KEY", "hush-hush")
    assert "hush-hush" not in repr(load_settings())
