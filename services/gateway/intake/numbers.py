"""Telephone numbers as telephone systems write them: the raw text beside one normalised form."""

import re
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers

# An Asterisk caller id: "Name" <number>.
_NAMED = re.compile(r"<([^<>]*)>\s*$")
# The user part of sip:, sips: and tel: addresses, or of a bare user@host.
_ADDRESS = re.compile(r"^(?:sips?:|tel:)?([^@;]*)(?:[@;].*)?$", re.IGNORECASE)
_EXTENSION = re.compile(r"[0-9]{2,6}")
_HIDDEN_STEMS = (
    "anonym",
    "restrict",
    "withheld",
    "private",
    "hidden",
    "blocked",
    "nocallerid",
    "скрыт",
    "аноним",
    "засекреч",
)
# E.164 has no shorter subscriber number with its area code.
_FEWEST_DIGITS = 7


class NumberKind(StrEnum):
    """What a number is; only `e164` names one subscriber and can be unique or repeated."""

    E164 = "e164"
    EXTENSION = "extension"
    HIDDEN = "hidden"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Number:
    """A number as sent and as normalised: E.164, the digits of an extension, or nothing."""

    raw: str
    number: str
    kind: NumberKind


def read_number(raw: str, country: str) -> Number:
    """Normalise a number by the source's country (ISO 3166, two letters); any text is accepted."""
    text = _bare(raw)
    digits = re.sub(r"\D", "", text)
    if _EXTENSION.fullmatch(text):
        return Number(raw, text, NumberKind.EXTENSION)
    if len(digits) >= _FEWEST_DIGITS:
        e164 = _e164(text, country) or _e164_without_plus(digits)
        if e164 is not None:
            return Number(raw, e164, NumberKind.E164)
    elif _is_hidden(text):
        return Number(raw, "", NumberKind.HIDDEN)
    return Number(raw, "", NumberKind.UNKNOWN)


def _bare(raw: str) -> str:
    text = raw.strip()
    if named := _NAMED.search(text):
        text = named[1].strip()
    if address := _ADDRESS.match(text):
        text = address[1].strip()
    return text


def _is_hidden(text: str) -> bool:
    letters = "".join(filter(str.isalpha, text.casefold()))
    return any(stem in letters for stem in _HIDDEN_STEMS)


def _e164(text: str, country: str) -> str | None:
    try:
        parsed = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    # Possible, not valid: numbering plans change faster than the library's tables.
    if not phonenumbers.is_possible_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _e164_without_plus(digits: str) -> str | None:
    """Many PBXs drop the plus of a foreign number; a guess, so the number must be a valid one."""
    try:
        parsed = phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
