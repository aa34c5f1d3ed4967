"""Trying a speech model on this machine: whether it loads, and how fast it is here."""

import time

from services.transcribe.cores import model_threads
from services.transcribe.models import find_model
from shared.settings import Settings

# Enough sound for several windows of any model.
_TRIAL_S = 60


def check_model(settings: Settings, wanted: str) -> str:
    """Load the model with the present settings, measure it, and tell about it in one line.

    Raises JobFailed as a recognition would, with what to do.
    """
    # Imported here: whoever only may call this starts without CTranslate2.
    from services.transcribe.whisper import FasterWhisperRecogniser

    files = find_model(wanted, settings.models_path)
    threads = model_threads(settings.speech_threads, settings.transcribe_workers)
    recogniser = FasterWhisperRecogniser(
        files,
        device=settings.speech_device,
        compute_type=settings.speech_compute_type,
        threads=threads,
    )
    started = time.perf_counter()
    window_ms = recogniser.window_ms
    loading_s = time.perf_counter() - started
    speed = recogniser.encoder_speed(_TRIAL_S)
    identity = files.identity
    return (
        f"{identity.name} {identity.version}{' (demo)' if identity.demo else ''} from {files.path}:"
        f" loads in {loading_s:.1f} s on {settings.speech_device},"
        f" {settings.speech_compute_type}, {threads} threads; windows of {window_ms / 1000:g} s;"
        f" its encoder takes {speed:.1f} s of sound per second here, decoding comes on top"
    )
