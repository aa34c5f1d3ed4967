"""Requests and responses of sessions and tokens."""

from pydantic import Field

from services.gateway.access.passwords import MAX_LENGTH, MIN_LENGTH
from shared.http.schemas import In, Name, Out, PageQuery, RowId, Time, TimeIn
from shared.permissions import Permission, Sees


class SignIn(In):
    """A person's login and password."""

    login: str = Field(min_length=1, max_length=200)
    password: str = Field(min_length=1, max_length=200)


class NewPassword(In):
    """A person's change of their own password."""

    old_password: str = Field(min_length=1, max_length=200)
    new_password: str = Field(min_length=MIN_LENGTH, max_length=MAX_LENGTH)


class SessionOut(Out):
    """Who is signed in and what they may do."""

    user_id: int
    login: str
    name: str
    role: str
    permissions: list[Permission]
    sees: Sees
    account_id: int
    account_name: str
    time_zone: str
    language: str
    csrf_token: str = Field(description="Send it as X-CSRF-Token with every changing request.")


class TokenQuery(PageQuery):
    """Tokens, the newest first."""


class TokenIn(In):
    """A machine's token to be made."""

    name: Name
    scopes: list[Permission] = Field(
        min_length=1,
        max_length=len(Permission),
        description="`intake`, or permissions that the creator holds too.",
    )
    expires_at: TimeIn | None = Field(default=None, description="Null: never.")
    source_id: RowId | None = Field(
        default=None, description="The only source an intake token may hand in for."
    )


class TokenOut(Out):
    """A token without its secret."""

    id: int
    name: str
    scopes: list[Permission]
    source_id: int | None
    created_by: int | None
    created_at: Time
    expires_at: Time | None
    last_used_at: Time | None = Field(description="Noted at most once a minute.")
    revoked_at: Time | None


class NewToken(TokenOut):
    """A token with its secret, which is shown this once."""

    token: str
