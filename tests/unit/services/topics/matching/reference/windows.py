"""Which findings count: whose they are, what they exclude, and the window that they lie in."""

from collections.abc import Callable, Sequence
from typing import Any

from services.topics.language.rule import By, Near, Said, Window
from services.topics.language.verdict import Verdict
from services.topics.matching.speech import Sides
from tests.unit.services.topics.matching.speech import Talk

from . import events
from .doubt import doubtful
from .events import Event
from .phrases import Finding, findings, without_overlaps
from .speech import SIDES, Lane, Unit, sides_of

Result = tuple[Verdict, frozenset[Finding]]


class Listening:
    """What can be heard of conditions in one contact; `judge` tells of topics by their keys."""

    def __init__(
        self,
        talk: Talk,
        lanes: Sequence[Lane],
        judge: Callable[[str], Result],
        *,
        unknown_is_anyone: bool,
    ) -> None:
        self.talk = talk
        self.lanes = lanes
        self.judge = judge
        self.unknown_is_anyone = unknown_is_anyone

    def findings(self, leaf: Said, unit: Unit) -> list[Finding]:
        """Findings that count."""
        kept = []
        for number, lane in enumerate(self.lanes):
            if not SIDES[lane[0].speaker] & self.sides(leaf.by):
                continue
            excluded = findings(leaf.parsed_excluding, number, lane)
            kept += without_overlaps(
                [
                    one
                    for one in findings(leaf.parsed, number, lane)
                    if unit.holds(lane[one.first])
                    and not any(one.shares_a_word_with(other) for other in excluded)
                    and self.inside(leaf.window, self.event(one), leaf.by, unit)
                ]
            )
        return kept

    def event(self, finding: Finding) -> Event:
        return events.said(self.lanes[finding.lane], finding.first, finding.last)

    def sides(self, by: By) -> Sides:
        return sides_of(by, unknown_is_anyone=self.unknown_is_anyone)

    def inside(self, window: Window | None, found: Event, by: By, unit: Unit) -> bool:
        """Everything that the window names holds; `by` says whose words and utterances count."""
        if window is None:
            return True
        return (
            on_the_clock(window, found, unit)
            and self.among_the_utterances(window, found, by, unit)
            and (window.after is None or self.is_after(window.after, found, by, unit))
            and (window.before is None or self.is_before(window.before, found, by, unit))
            and self.in_one_utterance(window.same_utterance, found, unit)
        )

    def in_one_utterance(self, leaf: Said | None, found: Event, unit: Unit) -> bool:
        if leaf is None:
            return True
        others = self.anchors(Near(said=leaf), unit)
        return any(other.utterance == found.utterance for other in others)

    def among_the_utterances(self, window: Window, found: Event, by: By, unit: Unit) -> bool:
        earlier = [ms for ms in self.begins(by, unit) if ms < found.begin_ms]
        later = [ms for ms in self.ends(by, unit) if ms > found.finish_ms]
        return fewer(window.first_utterances, earlier) and fewer(window.last_utterances, later)

    def begins(self, by: By, unit: Unit) -> list[int]:
        """When utterances begin whose first word is in the unit."""
        found = events.utterances(self.lanes, self.sides(by))
        return [first.start_ms for first, _ in found if unit.holds(first)]

    def ends(self, by: By, unit: Unit) -> list[int]:
        """When utterances end whose last word is in the unit."""
        found = events.utterances(self.lanes, self.sides(by))
        return [last.end_ms for _, last in found if unit.holds(last)]

    def is_after(self, near: Near, found: Event, by: By, unit: Unit) -> bool:
        words = events.tokens(self.lanes, unit, self.sides(by))
        begins = self.begins(by, unit)
        for anchor in self.anchors(near, unit):
            words_between = [t for t in words if anchor.end_ms <= t.start_ms < found.start_ms]
            begun_between = [ms for ms in begins if anchor.end_ms <= ms < found.begin_ms]
            if (
                anchor.end_ms <= found.start_ms
                and at_most_s(near.within_s, found.start_ms - anchor.end_ms)
                and fewer(near.within_words, words_between)
                and fewer(near.within_utterances, begun_between)
                and (near.within_utterances is None or anchor.end_ms <= found.begin_ms)
            ):
                return True
        return False

    def is_before(self, near: Near, found: Event, by: By, unit: Unit) -> bool:
        words = events.tokens(self.lanes, unit, self.sides(by))
        ends = self.ends(by, unit)
        for anchor in self.anchors(near, unit):
            words_between = [t for t in words if found.end_ms < t.end_ms <= anchor.start_ms]
            ended_between = [ms for ms in ends if found.finish_ms < ms <= anchor.start_ms]
            if (
                found.end_ms <= anchor.start_ms
                and at_most_s(near.within_s, anchor.start_ms - found.end_ms)
                and fewer(near.within_words, words_between)
                and fewer(near.within_utterances, ended_between)
                and (near.within_utterances is None or found.finish_ms <= anchor.start_ms)
            ):
                return True
        return False

    def anchors(self, near: Near, unit: Unit) -> list[Event]:
        """What a window is measured from."""
        if near.said:
            found = self.findings(near.said, unit)
            enough = len(found) >= near.said.at_least
            return [self.event(one) for one in found] if enough else []
        if near.topic:
            evidence = self.judge(near.topic)[1]
            return [self.event(f) for f in evidence if unit.holds(self.lanes[f.lane][f.first])]
        if near.silence_s is not None:
            return [
                pause
                for pause in events.pauses(self.lanes, unit)
                if pause.end_ms - pause.start_ms >= near.silence_s * 1000
            ]
        sides = self.sides(near.interruption_by or By.ANYONE)
        return [event for event, _ in events.interruptions(self.lanes, unit, sides)]

    def is_doubtful(self, leaf: Said, unit: Unit) -> bool:
        """More may have been said than was found."""
        return self.doubt(leaf.by, unit) or self.window_is_doubtful(leaf.window, unit)

    def doubt(self, by: By, unit: Unit) -> bool:
        return doubtful(self.talk, self.lanes, by, unit, unknown_is_anyone=self.unknown_is_anyone)

    def window_is_doubtful(self, window: Window | None, unit: Unit) -> bool:
        return any(self.has_doubt(near, unit) for near in nears(window))

    def has_doubt(self, near: Near, unit: Unit) -> bool:
        """There may be more of what a window is measured from."""
        if near.said:
            return self.is_doubtful(near.said, unit)
        if near.topic:
            return self.judge(near.topic)[0] is Verdict.UNDECIDABLE
        if near.silence_s is not None:
            return self.doubt(By.ANYONE, unit)
        return self.doubt_of_two(unit)

    def doubt_of_two(self, unit: Unit) -> bool:
        """Two people at once can only be told apart on channels of their own."""
        return any(
            doubtful(self.talk, self.lanes, by, unit, unknown_is_anyone=False)
            for by in (By.OPERATOR, By.CLIENT)
        )


def nears(window: Window | None) -> list[Near]:
    """Everything in the conversation that a window is measured from."""
    if window is None:
        return []
    found = [near for near in (window.after, window.before) if near]
    return [*found, Near(said=window.same_utterance)] if window.same_utterance else found


def at_most_s(limit_s: float | None, time_ms: int) -> bool:
    return limit_s is None or time_ms <= limit_s * 1000


def fewer(limit: int | None, things: Sequence[Any]) -> bool:
    return limit is None or len(things) < limit


def on_the_clock(window: Window, found: Event, unit: Unit) -> bool:
    """The parts of the window that are seconds and percent."""
    length_ms = unit.end_ms - unit.start_ms
    passed_ms = found.start_ms - unit.start_ms
    left_ms = unit.end_ms - found.end_ms
    w = window
    return (
        (w.first_s is None or passed_ms < w.first_s * 1000)
        and (w.last_s is None or left_ms < w.last_s * 1000)
        and (w.first_percent is None or passed_ms * 100 < w.first_percent * length_ms)
        and (w.last_percent is None or left_ms * 100 < w.last_percent * length_ms)
        and (w.skip_first_s is None or passed_ms >= w.skip_first_s * 1000)
        and (w.skip_last_s is None or left_ms >= w.skip_last_s * 1000)
        and (w.skip_first_percent is None or passed_ms * 100 >= w.skip_first_percent * length_ms)
        and (w.skip_last_percent is None or left_ms * 100 >= w.skip_last_percent * length_ms)
    )
