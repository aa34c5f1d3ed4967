"""Every failure Tematika names itself; the class carries its public code, the gateway maps it to a status.

TematikaError
├── InvalidInput            the caller sent something wrong (4xx)
│   ├── NotFound
│   ├── Forbidden
│   ├── Unauthorized
│   ├── Conflict
│   ├── Gone                it was there, and will not be again
│   ├── PreconditionRequired, PreconditionFailed    a change of something that may have changed
│   ├── TooLarge
│   ├── TooManyRequests     too much of this at once or too often
│   └── UnsupportedSound    the bytes are not sound we can read
├── Unavailable             a part of ours is down; the same request may succeed later (503)
│   ├── StorageUnavailable
│   ├── StorageFull
│   ├── DatabaseUnavailable
│   └── BrokerUnavailable
├── JobFailed               a stage ended for good, with a code a person can act on
└── SettingsError           the process cannot start like this
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar


class TematikaError(Exception):
    """Base of all named failures; `code` is the stable kebab-case code that clients switch on."""

    code: ClassVar[str] = "internal"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class InvalidInput(TematikaError):
    """The input cannot be accepted; `errors` names each wrong place as (JSON path, reason)."""

    code = "invalid-input"

    def __init__(self, detail: str, errors: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(detail)
        self.errors = tuple(errors)

    @property
    def members(self) -> Mapping[str, object]:
        """Members of the problem document beyond those of every one; `Problem` names them all."""
        return {}


class NotFound(InvalidInput):
    """No such thing in the caller's account (another account's things look the same)."""

    code = "not-found"


class Forbidden(InvalidInput):
    """The caller is known but lacks the permission that the detail names."""

    code = "forbidden"


class Unauthorized(InvalidInput):
    """The caller is not known: no, wrong, expired or revoked credentials."""

    code = "unauthorized"


class Conflict(InvalidInput):
    """The request contradicts what is stored; the detail says what."""

    code = "conflict"


class Gone(InvalidInput):
    """What the request names was there once and will not be again; the detail says what became of it."""

    code = "gone"


class PreconditionRequired(InvalidInput):
    """The request does not say which revision it changes."""

    code = "precondition-required"


class PreconditionFailed(InvalidInput):
    """What the request changes was changed meanwhile; the detail names the present revision."""

    code = "precondition-failed"


class TooLarge(InvalidInput):
    """The body is longer than its limit, which the detail names in bytes."""

    code = "too-large"


class TooManyRequests(InvalidInput):
    """Too much of this is asked for at once or too often; `retry_after_s` says when to try again."""

    code = "too-many-requests"

    def __init__(self, detail: str, retry_after_s: int) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class UnsupportedSound(InvalidInput):
    """The bytes are not sound of an accepted container and codec; `reason` is one of REASONS."""

    code = "unsupported-sound"
    REASONS: ClassVar[frozenset[str]] = frozenset(
        {
            "empty",
            "not-sound",
            "container-not-allowed",
            "codec-not-allowed",
            "truncated",
            "too-long",
            "too-many-channels",
            "rate-out-of-range",
            "inconsistent",
            "limits-exceeded",
        }
    )

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason

    @property
    def members(self) -> Mapping[str, object]:
        """See InvalidInput."""
        return {"reason": self.reason}


class Unavailable(TematikaError):
    """A part is down; `retry_after_s` is what to tell the client."""

    code = "unavailable"
    retry_after_s: ClassVar[int] = 5


class StorageUnavailable(Unavailable):
    """The object store does not answer or refuses us."""

    code = "storage-unavailable"


class StorageFull(Unavailable):
    """No room is left for a sound or a temporary file."""

    code = "storage-full"
    retry_after_s = 60


class DatabaseUnavailable(Unavailable):
    """The database does not answer or stays locked."""

    code = "database-unavailable"


class BrokerUnavailable(Unavailable):
    """The Celery broker does not answer."""

    code = "broker-unavailable"


class JobFailed(TematikaError):
    """A stage cannot succeed by trying again; `job_code` is stored with the job and shown to people."""

    code = "job-failed"

    def __init__(self, job_code: str, detail: str) -> None:
        super().__init__(detail)
        self.job_code = job_code


class SettingsError(TematikaError):
    """A setting is wrong, unknown or missing; the detail names it."""

    code = "settings"
