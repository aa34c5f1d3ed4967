"""What a sender declares of a file without a header, and whether the file bears it out."""

from services.gateway.intake.schemas import RecordingQuery
from shared.decoding.declared import RAW_CODECS, DeclaredFormat
from shared.errors import InvalidInput

_PLACE = "query.raw_codec"


def read_declared(query: RecordingQuery) -> DeclaredFormat | None:
    """The declared format, if there is one; InvalidInput names what is missing or not accepted."""
    given = {
        name: getattr(query, name)
        for name in ("raw_codec", "raw_rate_hz", "raw_channels")
        if getattr(query, name) is not None
    }
    if not given:
        return None
    codec, rate_hz, channels = query.raw_codec, query.raw_rate_hz, query.raw_channels
    if codec is None or rate_hz is None or channels is None:
        missing = {"raw_codec", "raw_rate_hz", "raw_channels"} - given.keys()
        reason = f"is needed with {next(iter(given))}"
        raise InvalidInput(
            f"{min(missing)} {reason}", [(f"query.{name}", reason) for name in sorted(missing)]
        )
    try:
        return DeclaredFormat(RAW_CODECS[codec].name, rate_hz, channels)
    except ValueError as error:
        raise InvalidInput(str(error), [(_PLACE, str(error))]) from None


def refuse_head(declared: DeclaredFormat, head: bytes) -> None:
    """InvalidInput for a file whose first bytes show that it has a header, or another codec."""
    _refuse(declared.head_contradiction(head))


def refuse_length(declared: DeclaredFormat, size_bytes: int) -> None:
    """InvalidInput for a file that ends in the middle of a frame."""
    _refuse(declared.length_contradiction(size_bytes))


def _refuse(contradiction: str | None) -> None:
    if contradiction:
        raise InvalidInput(contradiction, [(_PLACE, contradiction)])
