"""How the two sides of a call lie in its sound files: channels, one channel, or a file a side."""

from __future__ import annotations

from dataclasses import dataclass

from samples.calls.manifest import ChannelTruth, RecordingPlan
from samples.calls.script import Party, Recorded, Source
from samples.calls.sound import CONTENT_TYPES, EXTENSIONS
from samples.calls.timeline import Stretch, join, on_the_line
from samples.speech.telephone import Pcm


@dataclass(frozen=True)
class MadeRecording:
    """One file to write: what it holds, and its channels at 8 kHz."""

    plan: RecordingPlan
    channels: list[Pcm]


@dataclass(frozen=True)
class _Part:
    """What the files of one stretch of sound have in common."""

    call: str
    recorded: Recorded
    stretch: Stretch
    legs: tuple[int, ...]
    offset_ms: int
    suffix: str

    def side(self, party: Party) -> tuple[ChannelTruth, Pcm]:
        """One party's channel; a colleague is an operator too."""
        said = tuple(one for one in self.stretch.utterances if one.party == party)
        speaker = "client" if party == "client" else "operator"
        return ChannelTruth(speaker, said), self.stretch.sides[party]

    def mixed(self) -> tuple[ChannelTruth, Pcm]:
        """Both parties in one channel."""
        pcm = sum(self.stretch.sides.values(), start=self._silence())
        return ChannelTruth("unknown", self.stretch.utterances), pcm

    def file(
        self, stem: str, speaker: str | None, channels: list[tuple[ChannelTruth, Pcm]]
    ) -> MadeRecording:
        """A file named after `stem`; `speaker` is set where it holds one party only."""
        stem += self.suffix
        extension = EXTENSIONS[self.recorded.sound]
        plan = RecordingPlan(
            external_id=f"{self.call}-{stem}",
            file=f"{stem}.{extension}",
            content_type=CONTENT_TYPES[extension],
            legs=self.legs,
            offset_ms=self.offset_ms,
            duration_ms=self.stretch.duration_ms,
            speaker=speaker,
            channels=tuple(truth for truth, _ in channels),
        )
        noisy = [
            on_the_line(clean, self.recorded.noise, f"{self.call} {stem} {index}")
            for index, (_, clean) in enumerate(channels)
        ]
        return MadeRecording(plan, noisy)

    def _silence(self) -> Pcm:
        return next(iter(self.stretch.sides.values())) * 0


def lay_out(
    call: str,
    recorded: Recorded,
    source: Source,
    parties: tuple[Party, Party],
    stretches: list[Stretch],
    offsets_ms: list[int],
) -> list[MadeRecording]:
    """The files of a call; `offsets_ms` are the starts of its legs since the contact's start."""
    if recorded.covers_all_legs:
        legs = tuple(range(len(stretches)))
        parts = [_Part(call, recorded, join(stretches), legs, offsets_ms[0], "")]
    else:
        suffixes = [str(index + 1) if len(stretches) > 1 else "" for index in range(len(stretches))]
        parts = [
            _Part(call, recorded, stretch, (index,), offsets_ms[index], suffixes[index])
            for index, stretch in enumerate(stretches)
        ]
    return [made for part in parts for made in _files(part, source, parties)]


def _files(part: _Part, source: Source, parties: tuple[Party, Party]) -> list[MadeRecording]:
    if part.recorded.layout == "mono":
        return [part.file("recording", None, [part.mixed()])]
    if part.recorded.layout == "sides":
        sides = [(party, part.side(party)) for party in parties]
        return [part.file(party, truth.speaker, [(truth, pcm)]) for party, (truth, pcm) in sides]
    order = parties if source.operator_channel == 0 else parties[::-1]
    return [part.file("recording", None, [part.side(party) for party in order])]
