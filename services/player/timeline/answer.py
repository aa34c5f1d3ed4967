"""A contact's rows as its timeline."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy import Row

from services.player.delivery.channels import MIX, SIDES, side_asked
from services.player.delivery.refusals import ChannelNotSeparable
from services.player.rendering import kinds
from services.player.rendering.strength import Strength
from services.player.timeline.hidden import Hidden, Sounding, hidden, sides_of
from services.player.timeline.schemas import (
    DenoiseOut,
    HiddenOut,
    MarkedTopicOut,
    NamedOut,
    RecordingState,
    SoundState,
    SpanOut,
    TimelineHitOut,
    TimelineLegOut,
    TimelineMarkOut,
    TimelineOut,
    TimelineRecordingOut,
    TimelineSoundOut,
    UtteranceOut,
)
from services.player.timeline.spoken import Speech, overlaps, read_speech, silences
from services.player.timeline.store import Stored
from shared.domain.pipeline import FINAL_STATES
from shared.domain.recording import Direction, Speaker, plan_speakers
from shared.domain.talk import Spans, union, without
from shared.http.routes import API_PREFIX


def timeline(stored: Stored, *, words: bool) -> TimelineOut:
    """The timeline of one contact; `words` tells whether it says what was said, or only when."""
    contact = stored.contact
    speeches = {
        row.id: read_speech(row.document, recording_id=row.id, offset_ms=row.offset_ms)
        for row in stored.recordings
        if row.document is not None
    }
    ends = {row.id: _end_ms(row, speeches.get(row.id)) for row in stored.recordings}
    recorded = union(
        (row.offset_ms, end_ms)
        for row in stored.recordings
        if (end_ms := ends[row.id]) is not None and row.destroyed_at_ms is None
    )
    told_ms = [
        at_ms - contact.started_at_ms
        for at_ms in (contact.ended_at_ms, *(leg.ended_at_ms for leg in stored.legs))
        if at_ms is not None
    ]
    duration_ms = max(0, *told_ms, *(end_ms for end_ms in ends.values() if end_ms is not None), 0)
    states = _states(stored)
    return TimelineOut(
        contact_id=contact.id,
        source=contact.source,
        external_id=contact.external_id,
        direction=contact.direction or None,
        started_at=contact.started_at_ms,
        duration_ms=duration_ms,
        legs=_legs(stored, recorded, duration_ms),
        recordings=_recordings(stored, ends, states),
        gaps=_spans(without([(0, duration_ms)], recorded)),
        transcripts_missing=len(stored.recordings) - len(speeches),
        utterances=_utterances(speeches.values(), words=words),
        silences=_spans(silences(list(speeches.values()))),
        overlaps=_spans(overlaps(list(speeches.values()))),
        marks=_marks(stored),
        sound=_sound(stored, states),
    )


def _end_ms(row: Row[Any], speech: Speech | None) -> int | None:
    if row.duration_ms is not None:
        return int(row.offset_ms + row.duration_ms)
    return speech.end_ms if speech is not None else None


def _states(stored: Stored) -> dict[int, tuple[RecordingState, str | None]]:
    """Each recording's state and, of a failed one, the code that says why."""
    made = {row.recording_id for row in stored.renditions if row.kind == kinds.PLAYBACK}
    ended = {row.subject_id: row.error_code for row in stored.jobs if row.state in FINAL_STATES}
    states: dict[int, tuple[RecordingState, str | None]] = {}
    for row in stored.recordings:
        if row.destroyed_at_ms is not None:
            states[row.id] = ("destroyed", None)
        elif row.id in made:
            states[row.id] = ("ready", None)
        elif row.id in ended:
            states[row.id] = ("failed", ended[row.id] or None)
        else:
            states[row.id] = ("preparing", None)
    return states


def _legs(stored: Stored, recorded: Spans, duration_ms: int) -> list[TimelineLegOut]:
    began_ms = stored.contact.started_at_ms
    covers: dict[int, list[int]] = defaultdict(list)
    for row in stored.covers:
        covers[row.leg_id].append(row.recording_id)
    found = []
    for leg, following in pairwise([*stored.legs, None]):
        assert leg is not None  # noqa: S101 - only the last of the pairs has none behind it
        start_ms = leg.started_at_ms - began_ms
        ended_at_ms = leg.ended_at_ms
        if ended_at_ms is None:
            ended_at_ms = following.started_at_ms if following else stored.contact.ended_at_ms
        end_ms = duration_ms if ended_at_ms is None else ended_at_ms - began_ms
        end_ms = max(start_ms, end_ms)
        found.append(
            TimelineLegOut(
                id=leg.id,
                external_id=leg.external_id,
                start_ms=start_ms,
                end_ms=end_ms,
                employee=_named(leg.employee_id, leg.employee_name),
                group=_named(leg.group_id, leg.group_name),
                result=leg.result or None,
                recordings=covers[leg.id],
                gaps=_spans(without([(start_ms, end_ms)], recorded)),
            )
        )
    return found


def _recordings(
    stored: Stored,
    ends: Mapping[int, int | None],
    states: Mapping[int, tuple[RecordingState, str | None]],
) -> list[TimelineRecordingOut]:
    speakers = {row.id: _speakers(row, stored.contact) for row in stored.recordings}
    unheard: dict[int, list[Hidden]] = defaultdict(list)
    for one in hidden(
        [
            Sounding(row.id, row.offset_ms, end_ms, sides_of(speakers[row.id]))
            for row in stored.recordings
            if (end_ms := ends[row.id]) is not None and row.destroyed_at_ms is None
        ]
    ):
        unheard[one.recording_id].append(one)
    return [
        TimelineRecordingOut(
            id=row.id,
            external_id=row.external_id,
            start_ms=row.offset_ms,
            end_ms=ends[row.id],
            state=states[row.id][0],
            error_code=states[row.id][1],
            channels=row.channels,
            speakers=list(speakers[row.id]),
            hidden=[HiddenOut.model_validate(one) for one in unheard[row.id]],
            url=f"{API_PREFIX}/recordings/{row.id}/sound",
            waveform_url=f"{API_PREFIX}/recordings/{row.id}/waveform",
        )
        for row in stored.recordings
    ]


def _speakers(row: Row[Any], contact: Row[Any]) -> tuple[Speaker, ...]:
    if row.channels is None:
        return ()
    plan = plan_speakers(
        row.channels,
        operator_channel=contact.operator_channel,
        one_sided=Speaker(row.one_sided) if row.one_sided else None,
        direction=Direction(contact.direction) if contact.direction else None,
    )
    return plan.speakers


def _utterances(speeches: Iterable[Speech], *, words: bool) -> list[UtteranceOut]:
    spoken = [utterance for speech in speeches for utterance in speech.utterances]
    return [
        UtteranceOut(
            recording_id=utterance.recording_id,
            channel=utterance.channel,
            speaker=utterance.speaker,
            start_ms=utterance.start_ms,
            end_ms=utterance.end_ms,
            words=list(utterance.words) if words else None,
        )
        for utterance in sorted(spoken, key=lambda one: (one.start_ms, one.recording_id))
    ]


def _marks(stored: Stored) -> list[TimelineMarkOut] | None:
    if stored.marks is None:
        return None
    found: dict[int, list[TimelineHitOut]] = defaultdict(list)
    for row in stored.hits:
        found[row.mark_id].append(
            TimelineHitOut(
                id=row.id,
                recording_id=row.recording_id,
                leg_id=row.leg_id,
                speaker=row.speaker,
                start_ms=row.offset_ms + row.start_ms,
                end_ms=row.offset_ms + row.end_ms,
                text=row.text,
                phrase=row.phrase,
                score=row.score,
                clip_url=f"{API_PREFIX}/hits/{row.id}/clip",
            )
        )
    return [
        TimelineMarkOut(
            id=row.id,
            topic=MarkedTopicOut(id=row.topic_id, key=row.key, name=row.name, colour=row.colour),
            origin=row.origin,
            version=row.number,
            hits=found[row.id],
        )
        for row in stored.marks
    ]


def _sound(
    stored: Stored, states: Mapping[int, tuple[RecordingState, str | None]]
) -> TimelineSoundOut:
    contact = stored.contact
    kept = [row for row in stored.recordings if row.destroyed_at_ms is None]
    made = {(row.recording_id, row.kind) for row in stored.renditions}
    spoken = [_speakers(row, contact) for row in kept]
    return TimelineSoundOut(
        url=f"{API_PREFIX}/contacts/{contact.id}/sound",
        state=_sound_state([state for state, _ in states.values()]),
        channels=[MIX, *(side for side in SIDES if _is_separable(side, spoken))],
        denoise=DenoiseOut(
            available=contact.denoise_enabled,
            strength=contact.denoise_strength,
            ready=[
                strength
                for strength in Strength
                if kept and all((row.id, kinds.denoised(strength)) in made for row in kept)
            ],
        ),
    )


def _is_separable(side: Speaker, spoken: Sequence[Sequence[Speaker]]) -> bool:
    try:
        return side_asked(side, spoken) is not None
    except ChannelNotSeparable:
        return False


def _sound_state(states: Sequence[RecordingState]) -> SoundState:
    """One word for all recordings: what is still to come goes first, then what can be heard."""
    ranked: Sequence[RecordingState] = ("preparing", "ready", "failed", "destroyed")
    return next((state for state in ranked if state in states), "none")


def _named(row_id: int | None, name: str | None) -> NamedOut | None:
    return None if row_id is None or name is None else NamedOut(id=row_id, name=name)


def _spans(spans: Spans) -> list[SpanOut]:
    return [SpanOut(start_ms=start_ms, end_ms=end_ms) for start_ms, end_ms in spans]
