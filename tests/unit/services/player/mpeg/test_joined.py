"""The plan of a composed sound: every byte, against the whole put together in the plainest way."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.player.mpeg.joined import LEFT, RIGHT, Joined, Piece, Read, join
from services.player.mpeg.layer3 import (
    MONO_BYTES,
    SILENCE,
    frame_bytes,
    info_bytes,
    info_frame,
    interleave,
)
from tests.unit.services.player.mpeg.frames import stored_sound

SIDES: list[tuple[int, ...]] = [(LEFT, RIGHT), (LEFT,), (RIGHT,)]


@st.composite
def pieces(draw: st.DrawFn) -> list[Piece]:
    found = []
    for source in range(draw(st.integers(0, 4))):
        channels = draw(st.sampled_from([1, 2]))
        channel = st.sampled_from([None, *range(channels)])
        frames = draw(st.integers(0, 12))
        found.append(
            Piece(
                source=source,
                channels=channels,
                sides=(draw(channel), draw(channel)),
                at_frame=draw(st.integers(-6, 20)),
                first_frame=draw(st.integers(0, 3)),
                frames=frames,
            )
        )
    return found


def stored(piece: Piece) -> tuple[bytes, list[bytes]]:
    return stored_sound(piece.source + 1, piece.channels, piece.first_frame + max(0, piece.frames))


def whole(found: list[Piece], frames: int, sides: tuple[int, ...]) -> bytes:
    """Frame by frame, side by side."""
    first = info_frame(channels=len(sides), frames=frames, samples=frames * 500)
    heard = []
    for frame in range(frames):
        of_frame = []
        for side in sides:
            content = SILENCE
            for piece in found:
                channel = piece.sides[side]
                inside = piece.at_frame <= frame < piece.at_frame + piece.frames
                if channel is not None and inside:
                    at = (piece.first_frame + frame - piece.at_frame) * MONO_BYTES
                    content = stored(piece)[1][channel][at : at + MONO_BYTES]
            of_frame.append(content)
        heard.append(of_frame[0] if len(of_frame) == 1 else interleave(*of_frame))
    return first + b"".join(heard)


def read(joined: Joined, found: list[Piece], first: int, length: int) -> tuple[bytes, int]:
    """The bytes that the plan gives of a range, and how many stored bytes were read for them."""
    stretch = joined.stretch(first, length)
    touched = 0
    body = b""
    files = {piece.source: stored(piece)[0] for piece in found}
    for span in stretch.spans:

        def frames_of(one: Read, frames: int = span.frames) -> bytes:
            each = frame_bytes(one.channels)
            begin = info_bytes(one.channels) + one.first_frame * each
            return files[one.source][begin : begin + frames * each]

        contents = {one: frames_of(one) for one in span.reads}
        touched += sum(map(len, contents.values()))
        body += span.made_of(contents, span.frames)
    return (stretch.head + body[stretch.skip :])[:length], touched


@given(found=pieces(), frames=st.integers(0, 25), sides=st.sampled_from(SIDES), data=st.data())
def test_any_ranges_make_the_whole(
    found: list[Piece], frames: int, sides: tuple[int, ...], data: st.DataObject
) -> None:
    joined = join(found, frames=frames, samples=frames * 500, sides=sides)
    expected = whole(found, frames, sides)
    assert joined.size_bytes == len(expected)
    cuts = data.draw(st.lists(st.integers(0, len(expected)), max_size=4))
    edges = sorted({0, len(expected), *cuts})
    got = b"".join(read(joined, found, first, end - first)[0] for first, end in pairwise(edges))
    assert got == expected


@given(found=pieces(), frames=st.integers(1, 25), data=st.data())
def test_no_more_is_read_than_the_frames_of_a_range(
    found: list[Piece], frames: int, data: st.DataObject
) -> None:
    joined = join(found, frames=frames, samples=0)
    first = data.draw(st.integers(0, joined.size_bytes - 1))
    length = data.draw(st.integers(1, joined.size_bytes - first))
    _, touched = read(joined, found, first, length)
    most = length // frame_bytes(2) + 2
    # At most two stereo sounds are heard in a frame, one on each side.
    assert touched <= most * 2 * frame_bytes(2)


def test_spans_are_as_few_as_the_pieces_ask() -> None:
    stereo = Piece(0, 2, (0, 1), at_frame=5, first_frame=0, frames=10)
    joined = join([stereo], frames=20, samples=0)
    assert [(span.at_frame, span.frames, len(span.reads)) for span in joined.spans] == [
        (0, 5, 0),
        (5, 10, 1),
        (15, 5, 0),
    ]
    # Two pieces that go on in one another are one.
    halves = [
        Piece(0, 2, (0, 1), at_frame=0, first_frame=3, frames=4),
        Piece(0, 2, (0, 1), at_frame=4, first_frame=7, frames=6),
    ]
    assert len(join(halves, frames=10, samples=0).spans) == 1


@pytest.mark.parametrize(("order", "heard"), [((0, 1), 1), ((1, 0), 0)])
def test_of_two_at_once_the_last_is_heard(order: tuple[int, int], heard: int) -> None:
    both = [Piece(source, 1, (0, 0), 0, 0, 5) for source in order]
    (span,) = join(both, frames=5, samples=0).spans
    assert [one.source for one in span.reads] == [heard]
