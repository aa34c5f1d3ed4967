"""The figure that a measure asks for; times in milliseconds."""

from collections.abc import Callable, Sequence

from services.topics.language.rule import MeasureKind
from services.topics.matching.speech import Sides

from . import events
from .events import Event
from .speech import SIDES, Lane, Unit


def value(
    what: MeasureKind,
    lanes: Sequence[Lane],
    unit: Unit,
    sides: Sides,
    is_inside: Callable[[Event], bool],
) -> float:
    """Measure a unit; `sides` are whose words and talk count, `is_inside` is the window."""
    duration_ms = unit.end_ms - unit.start_ms
    counting = [lane for lane in lanes if SIDES[lane[0].speaker] & sides]
    words = len(events.tokens(lanes, unit, sides))
    talk_ms = events.length(
        events.union([span for lane in counting for span in events.talk(lane, unit)])
    )
    pauses = events.pauses(lanes, unit)
    silence_ms = sum(pause.end_ms - pause.start_ms for pause in pauses)
    overtalk_ms = events.overtalk_ms(lanes, unit)
    interruptions = [
        overlap_ms
        for event, overlap_ms in events.interruptions(lanes, unit, sides)
        if is_inside(event)
    ]
    longest_pause_ms = max(
        (pause.end_ms - pause.start_ms for pause in pauses if is_inside(pause)), default=0
    )
    figures = {
        MeasureKind.DURATION_S: duration_ms,
        MeasureKind.WORDS: words,
        MeasureKind.WORDS_PER_S: words * 1000 / talk_ms if talk_ms else 0,
        MeasureKind.TALK_S: talk_ms,
        MeasureKind.TALK_PERCENT: percent(talk_ms, duration_ms),
        MeasureKind.SILENCE_S: silence_ms,
        MeasureKind.SILENCE_PERCENT: percent(silence_ms, duration_ms),
        MeasureKind.LONGEST_SILENCE_S: longest_pause_ms,
        MeasureKind.OVERTALK_S: overtalk_ms,
        MeasureKind.OVERTALK_PERCENT: percent(overtalk_ms, duration_ms),
        MeasureKind.INTERRUPTIONS: len(interruptions),
        MeasureKind.LONGEST_INTERRUPTION_S: max(interruptions, default=0),
    }
    return figures[what]


def percent(part_ms: int, duration_ms: int) -> float:
    return part_ms * 100 / duration_ms if duration_ms else 0
