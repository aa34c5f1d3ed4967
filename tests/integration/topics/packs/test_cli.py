"""`tematika rules`, as people start it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from services.commands.rules import rules
from services.topics.language.pack import PACKS_FOLDER

from .writing import pack_yaml, topic

REFUND = topic("refund", "верните деньги")
BROKEN = REFUND | {"should_match": ["client: верните деньги", "client: нет"]}


def tematika(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TEMATIKA_")}
    return subprocess.run(
        [sys.executable, "-m", "services.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        env=kept | {"TEMATIKA_DATA_DIR": str(folder), "PYTHONPATH": str(PACKS_FOLDER.parent)},
        cwd=folder,
        timeout=120,
        check=False,
    )


@pytest.fixture
def pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pack in the working directory."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "demo.yaml"
    path.write_text(pack_yaml(REFUND, topic("third")), encoding="utf-8")
    return path


def test_check_says_what_is_right(pack: Path) -> None:
    told = CliRunner().invoke(rules, ["check", str(pack)])
    assert (told.exit_code, told.stderr) == (0, "")
    assert told.stdout == f"{pack}: 2 topics, 4 examples, nothing wrong\n"


def test_check_names_every_error_with_file_and_line(pack: Path) -> None:
    wrong = pack.read_text("utf-8").replace("by: client", "by: me").replace("- да", "- <x>")
    pack.write_text(wrong, encoding="utf-8")
    Path("other.yaml").write_text("pack: [", encoding="utf-8")
    told = CliRunner().invoke(rules, ["check", "demo.yaml", "other.yaml"])
    assert told.exit_code == 1
    assert [line.partition(": ")[0] for line in told.stderr.splitlines()] == [
        "demo.yaml:11",
        "demo.yaml:26",
        "demo.yaml:24",
        "other.yaml:2",
    ]


def test_test_shows_a_table_and_the_lines_of_broken_examples(pack: Path) -> None:
    pack.write_text(pack_yaml(BROKEN), encoding="utf-8")
    told = CliRunner().invoke(rules, ["test", "demo.yaml"])
    assert (told.exit_code, told.stderr) == (1, "")
    lines = [line.split() for line in told.stdout.splitlines() if line.strip()]
    assert ["topic", "name", "should", "should", "not", "broken"] in lines
    assert ["refund", "Refund", "2", "1", "1"] in lines
    assert "demo.yaml:16: refund: «client: нет» should match, the verdict is no" in told.stdout
    assert "1 topics, 3 examples, 1 broken" in told.stdout


def test_test_without_files_judges_the_packs_of_tematika() -> None:
    told = CliRunner().invoke(rules, ["test"])
    assert (told.exit_code, told.stderr) == (0, "")
    assert "rules/ru/service.yaml" in told.stdout
    assert told.stdout.splitlines()[-1].endswith(" 0 broken")


def test_import_and_export(tmp_path: Path, pack: Path) -> None:
    pack.write_text(pack_yaml(BROKEN, topic("third")), encoding="utf-8")
    made = tematika(tmp_path, "init", "--name", "Ромашка", "--language", "en")
    assert made.returncode == 0, made.stderr
    done = tematika(tmp_path, "rules", "import", "demo.yaml", "--account", "Ромашка", "--activate")
    assert (done.returncode, done.stderr) == (1, "")
    assert "demo.yaml:16: refund: «client: нет» should match" in done.stdout
    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["refund", "Refund", "added", "draft"] in lines
    assert ["third", "Third", "added", "in", "force"] in lines
    assert "account 1 «Ромашка»: done: 2 added, 1 put in force" in done.stdout

    written = tematika(tmp_path, "rules", "export", "--account", "1", "--output", "out.yaml")
    assert written.stdout == "12 topics of account 1 «Ромашка» are in out.yaml\n"
    assert CliRunner().invoke(rules, ["check", "out.yaml"]).exit_code == 0
    again = tematika(tmp_path, "rules", "import", "out.yaml", "--account", "1", "--dry-run")
    assert again.stdout.endswith("nothing was done; it would be: 12 unchanged, 0 put in force\n")
    shown = tematika(tmp_path, "rules", "export", "--account", "1", "--group", "Жалобы")
    assert "          - верните деньги\n" in shown.stdout
    assert "en-refund" not in shown.stdout

    nobody = tematika(tmp_path, "rules", "export", "--account", "Лютик")
    assert nobody.returncode == 2
    assert "«Лютик» names none" in nobody.stderr
