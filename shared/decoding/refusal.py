"""How the child says no."""

from shared.decoding.signatures import MAX_CHANNELS, RATES_HZ


class Refusal(Exception):
    """The file is not accepted; `reason` is one of UnsupportedSound's."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def check_shape(channels: int, rate_hz: int) -> None:
    """Refuse what no recording of telephone systems has."""
    if not 1 <= channels <= MAX_CHANNELS:
        raise Refusal("too-many-channels", f"{channels} channels; 1 to {MAX_CHANNELS} are accepted")
    if not RATES_HZ[0] <= rate_hz <= RATES_HZ[1]:
        raise Refusal(
            "rate-out-of-range",
            f"{rate_hz} samples per second; {RATES_HZ[0]} to {RATES_HZ[1]} are accepted",
        )
