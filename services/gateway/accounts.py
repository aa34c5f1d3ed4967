"""Makes a new account whole: roles, owner, first source with its intake token, an empty lexicon."""

from dataclasses import dataclass

from sqlalchemy import Connection, insert

from services.gateway.access.attempts import normalised_login
from services.gateway.access.passwords import MIN_LENGTH, hash_password
from services.gateway.access.secrets_of_callers import new_token
from services.gateway.access.token_store import add_token
from shared.db.session import now_ms
from shared.db.tables import accounts, lexicon_counters, roles, sources, users
from shared.db.upsert import insert_or_none
from shared.errors import Conflict, InvalidInput
from shared.permissions import DEFAULT_ROLES, OWNER, Permission


@dataclass(frozen=True, slots=True)
class NewAccount:
    """Ids of what was made, and the only time the intake token's secret is seen."""

    account_id: int
    owner_id: int
    source_id: int
    intake_token: str


def create_account(
    connection: Connection,
    *,
    name: str,
    owner_login: str,
    owner_password: str,
    owner_name: str = "Владелец",
    language: str = "ru",
    time_zone: str = "Europe/Moscow",
    number_country: str = "RU",
    speech_model: str = "",
    source_external_id: str = "pbx",
    source_name: str = "АТС",
) -> NewAccount:
    """Make an account with all it needs to take in its first call, in the caller's transaction.

    Topic packs are the caller's to load: `services.topics.catalogue.packs.load_packs`. Raises InvalidInput
    for a password that is too short, Conflict for a login that any account has.
    """
    if len(owner_password) < MIN_LENGTH:
        reason = f"a password has at least {MIN_LENGTH} characters"
        raise InvalidInput(reason, [("owner_password", reason)])
    owner_hash = hash_password(owner_password)
    account_id = int(
        connection.execute(
            insert(accounts)
            .values(
                name=name,
                language=language,
                time_zone=time_zone,
                number_country=number_country,
                speech_model=speech_model,
                created_at_ms=now_ms(),
            )
            .returning(accounts.c.id)
        ).scalar_one()
    )
    connection.execute(insert(lexicon_counters).values(account_id=account_id, size=0))
    connection.execute(
        insert(roles),
        [
            {
                "account_id": account_id,
                "name": role.name,
                "permissions": sorted(role.permissions),
                "sees": role.sees,
            }
            for role in DEFAULT_ROLES.values()
        ],
    )
    owner_id = add_user(
        connection,
        account_id=account_id,
        login=owner_login,
        password_hash=owner_hash,
        name=owner_name,
        role=OWNER,
    )
    source_id = int(
        connection.execute(
            insert(sources)
            .values(
                account_id=account_id,
                external_id=source_external_id,
                name=source_name,
                created_at_ms=now_ms(),
            )
            .returning(sources.c.id)
        ).scalar_one()
    )
    secret = new_token()
    add_token(
        connection,
        account_id=account_id,
        name=f"intake {source_external_id}",
        secret=secret,
        scopes=[Permission.INTAKE],
        source_id=source_id,
        created_by=owner_id,
    )
    return NewAccount(account_id, owner_id, source_id, secret)


def add_user(
    connection: Connection,
    *,
    account_id: int,
    login: str,
    password_hash: str,
    name: str,
    role: str,
    employee_id: int | None = None,
) -> int:
    """Store a user and return the id; Conflict for a login that any account has."""
    user_id = insert_or_none(
        connection,
        users,
        {
            "account_id": account_id,
            "login": normalised_login(login),
            "name": name,
            "password_hash": password_hash,
            "role": role,
            "employee_id": employee_id,
            "created_at_ms": now_ms(),
        },
    )
    if user_id is None:
        raise Conflict(f"the login {login!r} is taken")
    return user_id
