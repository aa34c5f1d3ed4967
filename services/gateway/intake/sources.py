"""The telephone system that sends, with what its times and numbers mean."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from shared.db.tables import accounts, sources
from shared.errors import NotFound


@dataclass(frozen=True, slots=True)
class Source:
    """One telephone system; `zone` and `country` are its own or else its account's."""

    id: int
    account_id: int
    external_id: str
    zone: ZoneInfo
    country: str
    recording_enabled: bool


def find_source(connection: Connection, account_id: int, external_id: str) -> Source:
    """The account's source of that external id; NotFound otherwise."""
    row = connection.execute(
        select(
            sources.c.id,
            sources.c.time_zone,
            sources.c.number_country,
            accounts.c.time_zone.label("account_time_zone"),
            accounts.c.number_country.label("account_number_country"),
            accounts.c.recording_enabled,
        )
        .join(accounts, accounts.c.id == sources.c.account_id)
        .where(sources.c.account_id == account_id, sources.c.external_id == external_id)
    ).first()
    if row is None:
        raise NotFound(f"there is no source {external_id!r}")
    return Source(
        id=row.id,
        account_id=account_id,
        external_id=external_id,
        zone=ZoneInfo(row.time_zone or row.account_time_zone),
        country=row.number_country or row.account_number_country,
        recording_enabled=row.recording_enabled,
    )
