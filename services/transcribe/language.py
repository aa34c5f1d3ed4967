"""Which language a call is in, voted over several stretches of speech instead of its first seconds.

The first seconds of a call are ring-back, music or silence; deciding on them gives Nynorsk.
"""

from collections.abc import Sequence

from services.transcribe.clips import Clip

# The languages a Russian call centre meets; a vote never leaves this set.
ALLOWED = ("ru", "en")
# A winner with a smaller share of the votes is not believed: the account's language is taken.
THRESHOLD = 0.6
MOST_CLIPS = 5


def clips_to_ask(clips: Sequence[Clip]) -> list[Clip]:
    """The longest few clips, in time order: long speech tells more than «алло»."""
    longest = sorted(clips, key=lambda clip: clip.start_ms - clip.end_ms)[:MOST_CLIPS]
    return sorted(longest, key=lambda clip: clip.start_ms)


def vote(
    ballots: Sequence[tuple[int, dict[str, float]]],
    *,
    fallback: str,
    allowed: Sequence[str] = ALLOWED,
) -> str:
    """The language that most of the speech is in, or `fallback` when no winner is clear.

    A ballot is one clip: its length in ms and the probability of each language code.
    """
    weights = dict.fromkeys(allowed, 0.0)
    for length_ms, probabilities in ballots:
        for code in allowed:
            weights[code] += length_ms * probabilities.get(code, 0.0)
    total = sum(weights.values())
    if total <= 0:
        return fallback
    winner = max(allowed, key=lambda code: weights[code])
    return winner if weights[winner] / total >= THRESHOLD else fallback
