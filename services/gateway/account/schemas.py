"""Requests and responses of the account, its sources, groups, employees, roles and people."""

from typing import Annotated, Literal
from zoneinfo import available_timezones

import phonenumbers
from pydantic import AfterValidator, Field

from services.gateway.access.passwords import MAX_LENGTH, MIN_LENGTH
from services.gateway.account.origins import ORIGINS_LIMIT, Origin
from services.player.rendering.strength import Strength
from shared.http.schemas import ExternalId, In, Name, Out, PageQuery, Time
from shared.permissions import Permission, Sees


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("not a time zone of the IANA database, such as Europe/Moscow")
    return name


def _known_country(code: str) -> str:
    if code not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError("not an ISO 3166 code of a country with telephone numbers, such as RU")
    return code


Zone = Annotated[str, Field(max_length=64), AfterValidator(_known_zone)]
Country = Annotated[str, Field(max_length=2), AfterValidator(_known_country)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]
RetentionDays = Annotated[int, Field(ge=1, le=36_500)]
Password = Annotated[str, Field(min_length=MIN_LENGTH, max_length=MAX_LENGTH)]


class AccountOut(Out):
    """The account of the caller."""

    id: int
    name: str
    time_zone: str
    language: str = Field(description="Language of every call, unless detected.")
    detect_language: bool
    number_country: str
    unknown_speaker: Literal["undecidable", "anyone"]
    speech_model: str = Field(description="Empty: the installation's model. Set by its operator.")
    own_calls_visible: bool
    rules_revision: int
    recording_enabled: bool = Field(
        description="Off: recordings are neither taken in nor can they be listened to."
    )
    denoise_enabled: bool = Field(
        description="«Подавлять шумы при прослушивании»: whether cleaned sound can be asked for."
    )
    denoise_strength: Strength = Field(description="How strongly, where a listener says nothing.")
    denoise_always: bool = Field(
        description="Every new recording is cleaned at once, not only when somebody asks for it."
    )
    retention_days: int | None = Field(
        description="Days after which recordings and what was said on them are destroyed, counted "
        "from the beginning of the call; null: they are kept for ever."
    )
    cors_origins: list[str] = Field(
        description="Origins of foreign pages whose browsers may call with a bearer token."
    )
    created_at: Time


class AccountPatch(In):
    """What is sent changes; the rest stays."""

    name: Name | None = None
    time_zone: Zone | None = None
    language: Language | None = None
    detect_language: bool | None = None
    number_country: Country | None = None
    unknown_speaker: Literal["undecidable", "anyone"] | None = None
    own_calls_visible: bool | None = None
    recording_enabled: bool | None = None
    denoise_enabled: bool | None = None
    denoise_strength: Strength | None = None
    denoise_always: bool | None = Field(
        default=None,
        description="Recordings that were taken in before are not made again: ask for them by "
        "`POST /recordings/{recording_id}/renditions`.",
    )
    retention_days: RetentionDays | None = Field(
        default=None,
        description="Null: recordings are kept for ever. Needs the permission `retention` besides.",
    )
    cors_origins: list[Origin] | None = Field(
        default=None,
        max_length=ORIGINS_LIMIT,
        description="Exact origins such as `https://journal.example`, or `http://localhost:3000`.",
    )


class SourceIn(In):
    """A telephone system; what is left out gets its default."""

    name: Name
    operator_channel: int = Field(default=0, ge=0, le=1)
    time_zone: Literal[""] | Zone = Field(default="", description="Empty: the account's.")
    number_country: Literal[""] | Country = Field(default="", description="Empty: the account's.")


class SourceOut(Out):
    """A telephone system that feeds the account."""

    id: int
    external_id: str
    name: str
    operator_channel: int
    time_zone: str
    number_country: str
    created_at_ms: Time = Field(serialization_alias="created_at")


class GroupIn(In):
    """A group of employees."""

    name: Name
    own_calls_visible: bool = Field(
        default=False, description="Its people see their own calls, whatever the account says."
    )
    listening: bool = Field(
        default=True,
        description="Whether those who see calls through this group may listen to them.",
    )
    retention_days: RetentionDays | None = Field(
        default=None,
        description="In place of the account's; null: the account's; left out: as it was. Needs "
        "the permission `retention` besides.",
    )


class GroupOut(Out):
    """A group of employees."""

    id: int
    external_id: str
    name: str
    own_calls_visible: bool
    listening: bool
    retention_days: int | None


class EmployeeIn(In):
    """An employee as the telephone system knows them."""

    name: Name
    extension: str = Field(default="", max_length=32)
    recorded: bool = Field(
        default=True,
        description="False: a recording of nobody but such employees is refused, and one that was "
        "taken in before that was known cannot be listened to.",
    )


class EmployeeOut(Out):
    """An employee as the telephone system knows them."""

    id: int
    external_id: str
    name: str
    extension: str
    recorded: bool


class RoleIn(In):
    """A set of permissions with the contacts it applies to."""

    permissions: list[Permission] = Field(max_length=len(Permission))
    sees: Sees


class RoleOut(Out):
    """A role of the account."""

    name: str
    permissions: list[Permission]
    sees: Sees


class RolesOut(Out):
    """The permission table of the account."""

    roles: list[RoleOut]


class UserIn(In):
    """A person who may sign in."""

    login: str = Field(min_length=1, max_length=200, pattern=r"^\S+$")
    name: Name
    password: Password
    role: str = Field(max_length=32)
    employee: ExternalId | None = Field(
        default=None, description="External id of the employee that the person is."
    )
    groups: list[ExternalId] = Field(default=[], max_length=1000)


class UserPatch(In):
    """What is sent changes; the rest stays."""

    name: Name | None = None
    password: Password | None = None
    role: str | None = Field(default=None, max_length=32)
    employee: ExternalId | None = Field(default=None, description="Null: none.")
    groups: list[ExternalId] | None = Field(default=None, max_length=1000)
    active: bool | None = None


class UserOut(Out):
    """A person who may sign in."""

    id: int
    login: str
    name: str
    role: str
    active: bool
    employee: str | None = Field(description="External id of the employee that the person is.")
    groups: list[str] = Field(description="External ids of the person's groups.")
    created_at: Time


class ListQuery(PageQuery):
    """A page of a list in the order of making."""
