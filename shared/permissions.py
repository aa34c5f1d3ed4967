"""The permission table: what there is to permit, the roles of a new account, and who calls."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from shared.errors import Forbidden


class Permission(StrEnum):
    """One thing a caller may do; `intake` is for machines only and never part of a role."""

    CALLS = "calls"
    """See the call journal: lists, contacts, legs, jobs."""
    SOUND = "sound"
    """Listen to and download recordings."""
    TRANSCRIPT = "transcript"
    """Read transcripts."""
    HITS = "hits"
    """See marks with their evidence."""
    DETAILS = "details"
    """See the expanded call details: numbers of the scenario, raw fields."""
    PRICE = "price"
    """See what a call cost."""
    TOPICS_EDIT = "topics.edit"
    """Write and activate topic rules."""
    RUNS_APPLY = "runs.apply"
    """Start and apply bulk runs, retry and cancel jobs."""
    MARKS_EDIT = "marks.edit"
    """Set and correct marks by hand."""
    EXPORT = "export"
    """Take lists out of the system."""
    RETENTION = "retention"
    """Destroy recordings and set how long they are kept."""
    AUDIT_LOG = "audit_log"
    """Read who listened to and took out what."""
    SETTINGS = "settings"
    """Change the account: sources, people, roles, tokens."""
    INTAKE = "intake"
    """Hand in contacts and recordings; reads nothing."""


ROLE_PERMISSIONS = frozenset(Permission) - {Permission.INTAKE}
"""What a role may hold."""


class Sees(StrEnum):
    """Which contacts a role sees: all of the account, those of the user's groups, or their own."""

    ALL = "all"
    GROUPS = "groups"
    OWN = "own"


OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Role:
    """A set of permissions with the contacts it applies to."""

    name: str
    permissions: frozenset[Permission]
    sees: Sees


def _role(name: str, sees: Sees, *permissions: Permission) -> tuple[str, Role]:
    return name, Role(name, frozenset(permissions), sees)


_P = Permission

DEFAULT_ROLES: Mapping[str, Role] = MappingProxyType(
    dict(
        (
            _role(OWNER, Sees.ALL, *ROLE_PERMISSIONS),
            _role("admin", Sees.ALL, *ROLE_PERMISSIONS),
            # Full access to the history (002-01), without the keys of the account.
            _role(
                "manager",
                Sees.ALL,
                *(ROLE_PERMISSIONS - {_P.SETTINGS, _P.RETENTION, _P.AUDIT_LOG}),
            ),
            _role(
                "quality",
                Sees.ALL,
                _P.CALLS,
                _P.SOUND,
                _P.TRANSCRIPT,
                _P.HITS,
                _P.TOPICS_EDIT,
                _P.RUNS_APPLY,
                _P.MARKS_EDIT,
            ),
            # 002-02: no price, no expanded details.
            _role("supervisor", Sees.GROUPS, _P.CALLS, _P.SOUND, _P.TRANSCRIPT, _P.HITS),
            # 002-03: own calls, where the account or the group allows.
            _role("operator", Sees.OWN, _P.CALLS, _P.SOUND, _P.TRANSCRIPT, _P.HITS),
        )
    )
)
"""Roles that every account is created with; an account may edit them and add its own."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request and what they may do; made by the gateway, passed to every store."""

    account_id: int
    actor: str
    """`user:<id>`, `token:<id>` or `link:<id>`, as the audit log names it."""
    permissions: frozenset[Permission]
    sees: Sees
    user_id: int | None = None
    """Null for a machine's token."""
    employee_id: int | None = None
    """The user as an employee: whose calls are their own."""
    group_ids: frozenset[int] = frozenset()
    """Groups of the user."""
    own_calls_visible: bool = False
    """Whether the account or one of the groups lets its people see their own calls (002-03)."""
    source_id: int | None = None
    """The only source an intake token may hand in for; null: any of the account."""
    contact_id: int | None = None
    """The only contact that a link shows, whatever else; null: as `sees` says."""

    def may(self, permission: Permission) -> bool:
        """Whether the caller holds the permission."""
        return permission in self.permissions

    def require(self, permission: Permission) -> None:
        """Raise Forbidden, naming the permission, unless the caller holds it."""
        if permission not in self.permissions:
            raise Forbidden(f"this needs the permission `{permission}`")
