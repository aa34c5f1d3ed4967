"""The gateway process stays light: nothing that recognises or decodes sound is imported there."""

import os
import subprocess
import sys
from pathlib import Path

FORBIDDEN = (
    "av",
    "ctranslate2",
    "faster_whisper",
    "noisereduce",
    "onnxruntime",
    "scipy",
    "torch",
)

SCRIPT = """
import sys
from pathlib import Path

from services.gateway.access.secrets_of_callers import new_token
from services.gateway.access.token_store import add_token
from services.gateway.accounts import create_account
from services.gateway.serve import open_parts
from services.gateway.app import ROUTES, create_app
from shared.db.migrate import upgrade
from shared.permissions import Permission
from shared.settings import Settings

parts = open_parts(Settings(data_dir=Path(sys.argv[1])))
upgrade(parts.database)
parts.store.prepare()
app = create_app(parts)
with parts.database.write() as connection:
    made = create_account(
        connection, name="a", owner_login="o", owner_password="correct horse"
    )
    secret = new_token()
    add_token(
        connection, account_id=made.account_id, name="t", secret=secret, scopes=list(Permission)
    )
client = app.test_client()
asked = 0
for route in app.extensions[ROUTES].values():
    path = route.openapi_path
    for name, kind in route.path_types.items():
        path = path.replace("{" + name + "}", "1" if kind is int else "x")
    body = {"json": {}} if route.body is not None else {}
    if route.consumes:
        body = {"data": b"RIFF", "content_type": route.consumes[0].replace("*/*", "audio/wav")}
    answer = client.open(
        path, method=route.method, headers={"Authorization": f"Bearer {secret}"}, **body
    )
    assert answer.status_code < 500, (path, answer.text)
    asked += 1
assert asked > 20, asked
print(" ".join(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def test_no_heavy_module_is_imported(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=Path(__file__).parents[2],
        env={"PATH": os.environ["PATH"]},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    imported = set(done.stdout.splitlines()[-1].split())
    assert "flask" in imported
    assert imported.isdisjoint(FORBIDDEN), sorted(imported & set(FORBIDDEN))
