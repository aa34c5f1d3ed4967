import json
import shutil
from pathlib import Path

import pytest

from services.transcribe.models import find_model, hub_repository
from shared.errors import JobFailed


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "my-model"
    made.mkdir()
    for name in ("model.bin", "config.json", "tokenizer.json", "vocabulary.json"):
        (made / name).write_bytes(name.encode())
    return made


def test_a_folder_is_versioned_by_its_files(folder: Path, tmp_path: Path) -> None:
    found = find_model(str(folder), tmp_path)
    assert (found.identity.name, found.identity.demo) == ("my-model", False)
    copy = tmp_path / "elsewhere"
    shutil.copytree(folder, copy)
    assert find_model(str(copy), tmp_path).identity.version == found.identity.version
    (copy / "model.bin").write_bytes(b"other weights")
    assert find_model(str(copy), tmp_path).identity.version != found.identity.version


def test_a_card_names_the_demo_model(folder: Path, tmp_path: Path) -> None:
    card = {"name": "tematika-demo", "version": "7", "demo": True, "languages": ["ru", "en"]}
    (folder / "tematika.json").write_text(json.dumps(card))
    identity = find_model(str(folder), tmp_path).identity
    assert (identity.name, identity.version, identity.demo) == ("tematika-demo", "7", True)
    assert identity.languages == ("ru", "en")


@pytest.mark.parametrize(
    ("wanted", "code", "advice"),
    [
        pytest.param("", "model-not-configured", "tematika model pull NAME", id="nothing-set"),
        pytest.param("small", "model-not-available", "tematika model pull small", id="not-fetched"),
        pytest.param(
            "someone/model", "model-not-available", "tematika model pull someone/model", id="hub-id"
        ),
        pytest.param("gigantic", "model-not-available", "known names: tiny", id="no-such-name"),
        pytest.param(
            "/no/such/folder", "model-not-available", "tematika model check", id="no-such-folder"
        ),
    ],
)
def test_a_model_that_cannot_be_had_says_what_to_do(wanted, code, advice, tmp_path) -> None:
    with pytest.raises(JobFailed) as caught:
        find_model(wanted, tmp_path / "models")
    assert caught.value.job_code == code
    assert advice in caught.value.detail


def test_half_a_model_names_what_is_missing(folder: Path, tmp_path: Path) -> None:
    (folder / "tokenizer.json").unlink()
    with pytest.raises(JobFailed, match=r"tokenizer\.json missing"):
        find_model(str(folder), tmp_path)


@pytest.mark.parametrize("text", ["[]", "{}", "nonsense", '{"name": "x"}'])
def test_a_wrong_card_is_refused(folder: Path, tmp_path: Path, text: str) -> None:
    (folder / "tematika.json").write_text(text)
    with pytest.raises(JobFailed, match="does not describe a model"):
        find_model(str(folder), tmp_path)


@pytest.mark.parametrize(
    ("name", "repository"),
    [
        ("large-v3-turbo", "mobiuslabsgmbh/faster-whisper-large-v3-turbo"),
        ("owner/name", "owner/name"),
        ("../etc/passwd", None),
        ("turbo please", None),
    ],
)
def test_hub_names(name, repository) -> None:
    assert hub_repository(name) == repository
