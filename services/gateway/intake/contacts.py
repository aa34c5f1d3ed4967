"""What a contact becomes when a part of it arrives: what is sent, merged into what is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

from services.gateway.intake.numbers import read_number
from services.gateway.intake.schemas import ContactPart, EmployeePart, GroupPart, LegPart
from services.gateway.intake.times import read_time, span_problem
from shared.errors import InvalidInput

_DURATIONS = ("ring_ms", "wait_ms", "talk_ms", "hold_ms", "total_ms")

# Columns that no rule asks: changing only these does not have the contact judged anew.
NOT_JUDGED = frozenset({"raw", "client_number_raw", "company_number_raw"})


@dataclass(frozen=True, slots=True)
class LegChange:
    """What one leg of a body says; `values` holds only the columns that were sent.

    `employee` and `group` count only where `values` has employee_id and group_id, whose numbers are
    found when the change is stored.
    """

    external_id: str
    values: Mapping[str, Any]
    employee: EmployeePart | None = None
    group: GroupPart | None = None


@dataclass(frozen=True, slots=True)
class TopicsChange:
    """The topics that one origin has set on a contact, each once, by key or name."""

    origin: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ContactChange:
    """What a body says of a contact; `values` holds only the columns that were sent."""

    values: Mapping[str, Any]
    legs: tuple[LegChange, ...] = ()
    topics: TopicsChange | None = None


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg as stored; `id` is 0 while it is new."""

    external_id: str
    started_at_ms: int
    ended_at_ms: int | None = None
    employee_id: int | None = None
    group_id: int | None = None
    result: str = ""
    position: int = 0
    id: int = field(default=0, compare=False)


def read_change(part: ContactPart, *, zone: ZoneInfo, country: str, clock_ms: int) -> ContactChange:
    """Turn a checked body into column values; InvalidInput names each wrong place."""
    errors: list[tuple[str, str]] = []
    values: dict[str, Any] = {}
    sent = part.model_fields_set
    for name in ("kind", "raw", *_DURATIONS):
        if name in sent:
            values[name] = getattr(part, name)
    for name in ("direction", "result"):
        if name in sent:
            values[name] = getattr(part, name) or ""
    for side in ("client", "company"):
        if f"{side}_number" in sent:
            number = read_number(getattr(part, f"{side}_number") or "", country)
            values[f"{side}_number_raw"] = number.raw
            values[f"{side}_number"] = number.number
            if side == "client":
                values["client_number_kind"] = number.kind.value
    values |= _times(part, "", zone, clock_ms, errors)
    legs = _legs(part.legs, zone, clock_ms, errors)
    topics = _topics(part, errors)
    if errors:
        raise InvalidInput(f"{errors[0][0]}: {errors[0][1]}", errors)
    return ContactChange(values, legs, topics)


def merge_contact(stored: Mapping[str, Any] | None, change: ContactChange) -> dict[str, Any]:
    """The contact's columns after a change; InvalidInput when they cannot stand together."""
    merged = dict(stored or {}) | dict(change.values)
    if "started_at_ms" not in merged:
        path, reason = "started_at", "is required for a contact that is not known yet"
        raise InvalidInput(f"{path}: {reason}", [(path, reason)])
    _check_span("", change.values, merged["started_at_ms"], merged.get("ended_at_ms"))
    return merged


def merge_legs(
    stored: Sequence[Leg],
    change: ContactChange,
    employee_ids: Mapping[str, int],
    group_ids: Mapping[str, int],
) -> list[Leg]:
    """All legs after a change, in order of start, then end, then external id.

    An order that no arrival can influence, so that events in any order give the same legs.
    """
    legs = {leg.external_id: leg for leg in stored}
    for index, sent in enumerate(change.legs):
        path = f"legs[{index}]."
        values = dict(sent.values)
        if "employee_id" in values:
            values["employee_id"] = sent.employee and employee_ids[sent.employee.external_id]
        if "group_id" in values:
            values["group_id"] = sent.group and group_ids[sent.group.external_id]
        known = legs.get(sent.external_id)
        if known is None and "started_at_ms" not in values:
            path, reason = f"{path}started_at", "is required for a leg that is not known yet"
            raise InvalidInput(f"{path}: {reason}", [(path, reason)])
        leg = replace(known, **values) if known else Leg(sent.external_id, **values)
        _check_span(path, values, leg.started_at_ms, leg.ended_at_ms)
        legs[leg.external_id] = leg
    ordered = sorted(legs.values(), key=_by_time)
    return [replace(leg, position=position) for position, leg in enumerate(ordered)]


def _by_time(leg: Leg) -> tuple[int, bool, int, str]:
    return leg.started_at_ms, leg.ended_at_ms is None, leg.ended_at_ms or 0, leg.external_id


def _legs(
    parts: Sequence[LegPart], zone: ZoneInfo, clock_ms: int, errors: list[tuple[str, str]]
) -> tuple[LegChange, ...]:
    legs: dict[str, LegChange] = {}
    for index, part in enumerate(parts):
        path = f"legs[{index}]."
        if part.external_id in legs:
            errors.append((f"{path}external_id", "is the same as an earlier leg's"))
        sent = part.model_fields_set
        values: dict[str, Any] = _times(part, path, zone, clock_ms, errors)
        if "result" in sent:
            values["result"] = part.result or ""
        if "employee" in sent:
            values["employee_id"] = None
        if "group" in sent:
            values["group_id"] = None
        legs[part.external_id] = LegChange(part.external_id, values, part.employee, part.group)
    return tuple(legs.values())


def _topics(part: ContactPart, errors: list[tuple[str, str]]) -> TopicsChange | None:
    if "topics" in part.model_fields_set:
        return TopicsChange(part.topics_origin, tuple(dict.fromkeys(part.topics or ())))
    if "topics_origin" in part.model_fields_set:
        errors.append(("topics_origin", "says whose the topics are, but there are none"))
    return None


def _times(
    part: ContactPart | LegPart,
    path: str,
    zone: ZoneInfo,
    clock_ms: int,
    errors: list[tuple[str, str]],
) -> dict[str, int | None]:
    values: dict[str, int | None] = {}
    for name in ("started_at", "ended_at"):
        if name not in part.model_fields_set:
            continue
        text = getattr(part, name)
        try:
            values[f"{name}_ms"] = (
                None if text is None else read_time(text, zone, clock_ms=clock_ms)
            )
        except ValueError as error:
            errors.append((f"{path}{name}", str(error)))
    return values


def _check_span(
    path: str, sent: Mapping[str, Any], started_at_ms: int, ended_at_ms: int | None
) -> None:
    problem = span_problem(started_at_ms, ended_at_ms)
    if problem:
        place = f"{path}ended_at" if "ended_at_ms" in sent else f"{path}started_at"
        raise InvalidInput(f"{place}: {problem}", [(place, problem)])
