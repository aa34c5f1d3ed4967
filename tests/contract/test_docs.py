"""What the documents say is so: links lead somewhere, the README's requests are accepted, its table is ours."""

import json
import re
from pathlib import Path

import pytest

from services.commands.demo.samples import read_calls
from tests.gateway_client import (  # noqa: F401 - fixtures
    Api,
    account,
    app,
    client,
    intake,
    make_api,
)

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    page
    for pattern in ("*.md", "docs/**/*.md", "rules/*.md", "samples/**/*.md")
    for page in ROOT.glob(pattern)
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    missing = [t for t in targets if "://" not in t and not (page.parent / t).exists()]
    assert missing == []


def test_the_readmes_requests_are_accepted(intake: Api) -> None:  # noqa: F811 - fixture
    readme = (ROOT / "README.md").read_text("utf-8")
    paths = re.findall(r'curl -X PUT "?http://127\.0\.0\.1:8080(\S+?)"? ', readme)
    (body,) = re.findall(r"-d '(\{.*?\})'$", readme, re.DOTALL | re.MULTILINE)
    assert len(paths) == 2
    assert intake.put(paths[0], json=json.loads(body)).status_code == 201
    sound = (ROOT / "samples/calls/12-number-words").glob("*.wav")
    answer = intake.put(paths[1], data=next(sound).read_bytes(), content_type="audio/wav")
    assert answer.status_code == 201


def test_the_readmes_table_shows_our_calls() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    shown = re.findall(r"^│ (\d\d-[\w-]+) ", readme, re.MULTILINE)
    names = [call.external_id for call in read_calls()]
    assert shown
    assert set(shown) <= set(names)
    assert f"{len(names)} sample calls" in readme
