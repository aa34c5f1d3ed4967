"""Signing in and out: a cookie for the session, a token in the body against forged requests."""

from flask import Response

from services.gateway.access.attempts import count_attempt, forget_attempts, normalised_login
from services.gateway.access.authentication import COOKIE
from services.gateway.access.lookup import session_caller, stored_login
from services.gateway.access.passwords import hash_password, verify_password
from services.gateway.access.schemas import NewPassword, SessionOut, SignIn
from services.gateway.access.secrets_of_callers import csrf_token, digest, new_session
from services.gateway.access.session_store import (
    SESSION_S,
    close_session,
    open_session,
    person,
    set_password,
)
from shared.errors import InvalidInput, Unauthorized
from shared.http.routes import Answer, Call, Public, Routes, SignedIn

routes = Routes("session")

_SELF = SignedIn("a person's own session, whatever their role")


@routes.post(
    "/session",
    permission=Public("there are no credentials before signing in"),
    status=201,
    problems={401: "wrong login or password", 429: "too many failed attempts"},
)
def sign_in(call: Call, body: SignIn) -> Answer[SessionOut]:
    """Sign in with login and password.

    The answer sets the session cookie. An unknown login and a wrong password cannot be told apart.
    """
    login = normalised_login(body.login)
    database = call.parts.database
    with database.write() as connection:
        count_attempt(connection, login)
    with database.read() as connection:
        found = stored_login(connection, login)
    if not verify_password(found.password_hash if found else None, body.password) or not found:
        raise Unauthorized("wrong login or password")
    session = new_session()
    with database.write() as connection:
        forget_attempts(connection, login)
        open_session(
            connection,
            account_id=found.account_id,
            user_id=found.user_id,
            secret_hash=digest(session),
        )
    return Answer(
        _session(call, session),
        status=201,
        headers={"Set-Cookie": _cookie(call, session, SESSION_S)},
    )


@routes.get("/session", permission=_SELF)
def read_session(call: Call) -> SessionOut:
    """Tell who is signed in."""
    return _session(call, call.request.cookies[COOKIE])


@routes.delete("/session", permission=_SELF)
def sign_out(call: Call) -> Answer[None]:
    """Sign out: the session ends on the server too."""
    with call.parts.database.write() as connection:
        close_session(
            connection,
            account_id=call.account_id,
            secret_hash=digest(call.request.cookies[COOKIE]),
        )
    return Answer(
        None,
        status=204,
        headers={"Set-Cookie": _cookie(call, "", 0)},
    )


@routes.put("/session/password", permission=_SELF, problems={429: "too many failed attempts"})
def change_password(call: Call, body: NewPassword) -> None:
    """Change one's own password; every other session of the person ends."""
    user_id = call.user_id
    database = call.parts.database
    with database.read() as connection:
        login = person(connection, account_id=call.account_id, user_id=user_id).login
    with database.write() as connection:
        count_attempt(connection, login)
    with database.read() as connection:
        found = stored_login(connection, login)
    if not verify_password(found.password_hash if found else None, body.old_password):
        raise InvalidInput("the old password is wrong", [("old_password", "wrong")])
    password_hash = hash_password(body.new_password)
    with database.write() as connection:
        forget_attempts(connection, login)
        set_password(
            connection,
            account_id=call.account_id,
            user_id=user_id,
            password_hash=password_hash,
            keep=digest(call.request.cookies[COOKIE]),
        )


def _session(call: Call, session: str) -> SessionOut:
    with call.parts.database.read() as connection:
        caller = session_caller(connection, digest(session))
        if caller is None or caller.user_id is None:
            raise Unauthorized("the session has ended: sign in again")
        who = person(connection, account_id=caller.account_id, user_id=caller.user_id)
    return SessionOut(
        user_id=who.user_id,
        login=who.login,
        name=who.name,
        role=who.role,
        permissions=sorted(caller.permissions),
        sees=caller.sees,
        account_id=who.account_id,
        account_name=who.account_name,
        time_zone=who.time_zone,
        language=who.language,
        csrf_token=csrf_token(call.cursors.secret, session),
    )


def _cookie(call: Call, value: str, max_age_s: int) -> str:
    carrier = Response()
    carrier.set_cookie(
        COOKIE,
        value,
        max_age=max_age_s,
        httponly=True,
        samesite="Lax",
        secure=call.parts.settings.secure_cookies,
        path="/",
    )
    return carrier.headers["Set-Cookie"]
