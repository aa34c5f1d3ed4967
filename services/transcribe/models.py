"""Where speech models lie, which one a name or path means, and which version it is."""

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

from services.transcribe.recogniser import ModelIdentity
from shared.errors import JobFailed, Unavailable

# CTranslate2 conversions of the Whisper models on the model hub, by their usual names.
HUB_NAMES = {
    "tiny": "Systran/faster-whisper-tiny",
    "base": "Systran/faster-whisper-base",
    "small": "Systran/faster-whisper-small",
    "medium": "Systran/faster-whisper-medium",
    "large-v2": "Systran/faster-whisper-large-v2",
    "large-v3": "Systran/faster-whisper-large-v3",
    "large-v3-turbo": "mobiuslabsgmbh/faster-whisper-large-v3-turbo",
    "distil-large-v3": "Systran/faster-distil-whisper-large-v3",
}
# English only by their makers' word; other models are asked after loading.
_ENGLISH_ONLY = re.compile(r"(^|/)(faster-)?distil-|\.en$")
_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")
_WANTED = ("config.json", "model.bin", "preprocessor_config.json", "tokenizer.json", "vocabulary.*")
# Without tokenizer.json faster-whisper would fetch one of another model.
_NEEDED = ("model.bin", "config.json", "tokenizer.json")


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A model that can be loaded: its folder and what it is."""

    path: Path
    identity: ModelIdentity


def find_model(wanted: str, models_dir: Path) -> ModelFiles:
    """The model that a setting names: a hub name, a hub id `owner/name`, or a folder.

    Looks at this machine only. Raises JobFailed `model-not-configured` for an empty setting and
    `model-not-available` for a model that is not here or not whole, saying what to do.
    """
    if not wanted:
        raise JobFailed(
            "model-not-configured",
            "No speech model is set for this account: set TEMATIKA_SPEECH_MODEL (or the account's"
            " own model) to a name such as large-v3-turbo or to a folder, fetch it with"
            " `tematika model pull NAME`, and try it with `tematika model check NAME|PATH`.",
        )
    folder = Path(wanted)
    if folder.is_dir():
        return _described(folder)
    repository = hub_repository(wanted)
    if repository is None:
        raise JobFailed(
            "model-not-available",
            f"There is no folder {wanted!r} and no model of that name; known names:"
            f" {', '.join(HUB_NAMES)}. Try one with `tematika model check NAME|PATH`.",
        )
    # Imported here: only looking for a model by name needs the hub's client.
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        snapshot = snapshot_download(
            repository, cache_dir=models_dir, local_files_only=True, allow_patterns=list(_WANTED)
        )
    except LocalEntryNotFoundError as error:
        raise JobFailed(
            "model-not-available",
            f"The speech model {wanted!r} is not on this machine: fetch it with"
            f" `tematika model pull {wanted}`.",
        ) from error
    path = Path(snapshot)
    _require_whole(path)
    languages = ("en",) if _ENGLISH_ONLY.search(repository) else ()
    # The snapshot's folder is named by the commit it was made from.
    return ModelFiles(path, ModelIdentity(wanted, path.name[:12], languages=languages))


def pull_model(name: str, models_dir: Path) -> Path:
    """Fetch a model from the hub into `models_dir`, with progress bars on the terminal.

    What is there already is not fetched again. Raises Unavailable when the hub cannot be reached.
    """
    repository = hub_repository(name)
    if repository is None:
        raise JobFailed(
            "model-not-available",
            f"No model is called {name!r}; known names: {', '.join(HUB_NAMES)}.",
        )
    from httpx import HTTPError
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    models_dir.mkdir(parents=True, exist_ok=True)
    try:
        path = Path(
            snapshot_download(repository, cache_dir=models_dir, allow_patterns=list(_WANTED))
        )
    except (HfHubHTTPError, LocalEntryNotFoundError, HTTPError, OSError) as error:
        reason = str(error).partition("\n")[0]
        raise Unavailable(
            f"The model {name!r} ({repository}) could not be fetched: {reason}. Check the network,"
            " or copy a model folder here by other means and name its path instead."
        ) from error
    _require_whole(path)
    return path


def hub_repository(name: str) -> str | None:
    """The hub repository that a name or a hub id means; None if it is neither."""
    if name in HUB_NAMES:
        return HUB_NAMES[name]
    return name if _HUB_ID.fullmatch(name) else None


def _described(folder: Path) -> ModelFiles:
    """Name and version from `tematika.json` if there is one, else folder name and files' hash."""
    _require_whole(folder)
    card = folder / "tematika.json"
    if not card.is_file():
        return ModelFiles(folder, ModelIdentity(folder.resolve().name, _files_hash(folder)))
    try:
        told = json.loads(card.read_text(encoding="utf-8"))
        identity = ModelIdentity(
            name=str(told["name"]),
            version=str(told["version"]),
            demo=bool(told.get("demo", False)),
            languages=tuple(str(code) for code in told.get("languages", ())),
        )
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise JobFailed(
            "model-not-available", f"{card} does not describe a model: {error!r}"
        ) from error
    return ModelFiles(folder, identity)


def _require_whole(folder: Path) -> None:
    missing = [name for name in _NEEDED if not (folder / name).is_file()]
    if missing:
        raise JobFailed(
            "model-not-available",
            f"{folder} is not a whole CTranslate2 Whisper model: {', '.join(missing)} missing."
            " Name the folder that holds them, or fetch a model with `tematika model pull NAME`.",
        )


def _files_hash(folder: Path) -> str:
    """First 12 hex digits of a SHA-256 over the model's files: two copies have one version."""
    digest = hashlib.sha256()
    for path in sorted({found for pattern in _WANTED for found in folder.glob(pattern)}):
        digest.update(path.name.encode() + b"\0")
        with path.open("rb") as body:
            digest.update(hashlib.file_digest(body, "sha256").digest())
    return digest.hexdigest()[:12]
