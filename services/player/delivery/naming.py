"""What a sound is called and how browsers are to take it."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.player.delivery.asked import Asked, Window
from services.player.delivery.filename import (
    content_disposition,
    sound_file_name,
    variant_labels,
)
from services.player.delivery.schemas import SoundQuery


@dataclass(frozen=True, slots=True)
class Subject:
    """What a request for sound is about; without a window one recording as it is."""

    asked: Asked
    window: Window | None
    name: str
    """In plain ASCII, such as `recording-12`."""
    labels: tuple[str, ...] = ()
    """What people call it besides the call's own name."""


def sound_headers(
    subject: Subject, variant: str, media: tuple[str, str], query: SoundQuery
) -> Mapping[str, str]:
    """Headers that tell type, name and variant of a sound."""
    asked = subject.asked
    media_type, suffix = media
    name = sound_file_name(
        direction=asked.direction,
        started_at_ms=asked.started_at_ms,
        time_zone=asked.time_zone,
        client_number=asked.client_number,
        external_id=asked.recordings[0].external_id,
        labels=[*subject.labels, *variant_labels(variant, query.channel)],
        suffix=suffix,
    )
    plain = [subject.name, variant, *([] if query.channel == "mix" else [query.channel])]
    return {
        "Content-Type": media_type,
        "Content-Disposition": content_disposition(
            name, fallback=f"{'-'.join(plain)}.{suffix}", attachment=query.download
        ),
        # Should a browser take the bytes for a page after all, it runs nothing of it.
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Sound-Variant": variant,
    }
