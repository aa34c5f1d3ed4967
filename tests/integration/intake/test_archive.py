"""Taking in an existing archive, and taking it in again."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from services.cli import tematika
from services.gateway.accounts import NewAccount
from services.gateway.intake.archive import ImportReport, import_archive
from services.gateway.intake.sources import find_source
from shared.db.tables import recordings
from shared.errors import InvalidInput, StorageUnavailable
from shared.queue.runner import Parts
from shared.settings import Settings
from shared.storage import ObjectStore
from tests.integration.intake.state import stored_state
from tests.processes import environment

SOUND = b"RIFF\x00\x00\x00\x00WAVEfmt " + bytes(range(256))

TABLE = """\
contact_id,started_at,ended_at,direction,client_number,employee_id,employee_name,leg_id,leg_started_at,recording,recording_id,talk_ms
c1,2026-03-01T10:00:00,2026-03-01T10:01:00,inbound,89161234567,e1,Анна,,,one.wav,r1,50000
c2,2026-03-01T11:00:00,,outbound,,e1,,a,2026-03-01T11:00:00,sub/two.wav,,
c2,2026-03-01T11:00:00,,,,e2,Борис,b,2026-03-01T11:01:00,,,
c3,yesterday,,,,,,,,three.wav,,
c4,2026-03-01T12:00:00,,,,,,,,missing.wav,,
c5,2026-03-01T12:00:00,,,,,,,,../outside.wav,,
c6,2026-03-01T12:00:00,,,,,,,,page.html,,12.5
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An archive's folder with its table beside it."""
    folder = tmp_path / "archive"
    (folder / "sub").mkdir(parents=True)
    for name in ("one.wav", "sub/two.wav", "three.wav", "../outside.wav"):
        (folder / name).write_bytes(SOUND + name.encode())
    (tmp_path / "calls.csv").write_text(TABLE, encoding="utf-8")
    return folder


def run(parts: Parts, account: NewAccount, folder: Path, adopt: str | None = None) -> ImportReport:
    """Import the folder's table and return what was done; progress must reach the end."""
    with parts.database.read() as connection:
        source = find_source(connection, account.account_id, "pbx")
    told: list[int] = []
    table = folder.parent / "calls.csv"
    report = import_archive(
        parts,
        source,
        table,
        folder=None if adopt else folder,
        adopt=adopt,
        progress=told.append,
    )
    assert told == list(range(1, len(told) + 1))
    return report


def test_rows_become_calls_legs_and_recordings(
    parts: Parts, account: NewAccount, folder: Path
) -> None:
    report = run(parts, account, folder)
    state = stored_state(parts.database, account.account_id)
    assert state["contacts"].keys() == {"c1", "c2", "c4", "c5"}
    call = state["contacts"]["c1"]
    assert (call["client_number"], call["talk_ms"]) == ("+79161234567", 50_000)
    leg = state["legs"]["c1", "1"]
    assert (leg["ended_at_ms"] - leg["started_at_ms"], leg["employee_id"]) == (60_000, "e1")
    assert [state["legs"]["c2", name]["employee_id"] for name in "ab"] == ["e1", "e2"]
    assert state["employees"]["e1"]["name"] == "Анна"
    assert state["recordings"].keys() == {"r1", "sub/two.wav"}
    assert state["recordings"]["r1"]["contact_id"] == "c1"
    assert state["recordings"]["r1"]["content_type"] == "audio/x-wav"
    assert [line for line, _ in report.failures] == [5, 6, 7, 8]
    assert "started_at" in dict(report.failures)[5]
    assert "No such file" in dict(report.failures)[6]
    assert "outside the folder" in dict(report.failures)[7]
    assert "talk_ms" in dict(report.failures)[8]


def test_importing_again_changes_nothing(parts: Parts, account: NewAccount, folder: Path) -> None:
    run(parts, account, folder)
    before = stored_state(parts.database, account.account_id)
    objects = sorted(parts.store.names(""))
    report = run(parts, account, folder)
    assert dict(report.contacts) == {"unchanged": 5}
    assert dict(report.recordings) == {"unchanged": 2}
    assert stored_state(parts.database, account.account_id) == before
    assert sorted(parts.store.names("")) == objects


def test_an_import_that_was_stopped_goes_on(
    parts: Parts, account: NewAccount, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects = parts.settings.objects_path
    hidden = objects.with_name("unmounted")
    objects.rename(hidden)
    with pytest.raises(StorageUnavailable):
        run(parts, account, folder)
    hidden.rename(objects)
    report = run(parts, account, folder)
    assert dict(report.recordings) == {"created": 2}
    assert dict(report.contacts) == {"unchanged": 5}


def test_objects_in_the_store_are_adopted_where_they_lie(
    parts: Parts, account: NewAccount, folder: Path
) -> None:
    for name in ("one.wav", "sub/two.wav"):
        with (folder / name).open("rb") as body:
            parts.store.put(f"old/{name}", body, limit_bytes=1 << 20, content_type="audio/wav")
    before = sorted(parts.store.names(""))
    report = run(parts, account, folder, adopt="old/")
    assert dict(report.recordings) == {"created": 2}
    assert sorted(parts.store.names("")) == before
    with parts.database.read() as connection:
        rows = connection.execute(
            select(recordings.c.object_name, recordings.c.object_owned, recordings.c.size_bytes)
        ).all()
    assert sorted(rows) == [
        ("old/one.wav", False, len(SOUND) + 7),
        ("old/sub/two.wav", False, len(SOUND) + 11),
    ]
    assert "there is no object old/missing.wav" in dict(report.failures)[6]
    again = run(parts, account, folder, adopt="old/")
    assert dict(again.recordings) == {"unchanged": 2}


def test_a_failed_adoption_does_not_delete_what_is_not_ours(
    parts: Parts, account: NewAccount, folder: Path, store: ObjectStore
) -> None:
    with (folder / "one.wav").open("rb") as body:
        store.put("old/one.wav", body, limit_bytes=1 << 20, content_type="audio/wav")
    run(parts, account, folder)
    report = run(parts, account, folder, adopt="old/")
    # The same bytes are stored as r1 already.
    assert dict(report.recordings) == {"unchanged": 1}
    assert store.stat("old/one.wav") == len(SOUND) + 7


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        pytest.param(b"", "missing columns: 'contact_id', 'started_at'", id="empty"),
        pytest.param(b"contact_id,started_at,colour\n", "unknown columns: 'colour'", id="unknown"),
        pytest.param(
            b"contact_id,started_at,kind,kind\n", "columns there twice: 'kind'", id="twice"
        ),
        pytest.param(
            "contact_id,started_at\nЗвонок,x\n".encode("cp1251"), "is not UTF-8", id="cp1251"
        ),
        pytest.param(b'contact_id,started_at\n"c1,2026', "is not CSV", id="open-quote"),
    ],
)
def test_a_table_that_is_not_one(
    parts: Parts, account: NewAccount, folder: Path, table: bytes, reason: str
) -> None:
    (folder.parent / "calls.csv").write_bytes(table)
    with pytest.raises(InvalidInput, match=reason):
        run(parts, account, folder)


def test_what_excel_saves_is_taken(parts: Parts, account: NewAccount, folder: Path) -> None:
    text = (
        "\ufeffcontact_id;started_at\r\nc1;2026-03-01T10:00:00\r\n;;\r\nc2;2026-03-01 10:00;x\r\n"
    )
    (folder.parent / "calls.csv").write_text(text, encoding="utf-8", newline="")
    report = run(parts, account, folder)
    assert dict(report.contacts) == {"created": 1}
    assert report.failures == [(4, "there are more cells than columns")]


def test_topics_come_along(parts: Parts, account: NewAccount, folder: Path) -> None:
    table = (
        "contact_id,started_at,topics,topics_origin\n"
        "c1,2026-03-01T10:00:00,Возврат|Оплата,\n"
        "c1,2026-03-01T10:00:00,Оплата,operator\n"
        "c2,2026-03-01T10:00:00,,operator\n"
    )
    (folder.parent / "calls.csv").write_text(table, encoding="utf-8")
    report = run(parts, account, folder)
    assert stored_state(parts.database, account.account_id)["marks"] == {
        ("c1", "Возврат", "import", True),
        ("c1", "Оплата", "import", True),
        ("c1", "Оплата", "operator", True),
    }
    assert [(line, "topics_origin" in detail) for line, detail in report.failures] == [(4, True)]
    assert dict(run(parts, account, folder).contacts) == {"unchanged": 2}


def test_the_command_prints_counts_and_wrong_lines(
    settings: Settings, parts: Parts, account: NewAccount, folder: Path
) -> None:
    table = str(folder.parent / "calls.csv")
    done = CliRunner().invoke(tematika, ["import", str(folder), table], env=environment(settings))
    assert done.exit_code == 1, done.output
    assert "calls       4 new, 1 changed, 0 unchanged" in done.stdout
    assert "recordings  2 new, 0 changed, 0 unchanged" in done.stdout
    assert "failed      4 lines" in done.stdout
    assert "line 5: started_at" in done.stderr
