"""SQL of links that show the player to people without an account."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, case, insert, select, update

from services.player.delivery.listening_store import may_listen
from services.player.delivery.refusals import ListeningNotAllowed
from services.player.embed.schemas import LinkIn
from services.player.embed.tokens import LinkToken, digest
from shared.contacts.visibility import visible
from shared.db.session import now_ms
from shared.db.tables import accounts, contacts, embed_links, sources
from shared.errors import NotFound
from shared.paging import Position, beyond
from shared.permissions import Caller, Permission


def find_contact(connection: Connection, caller: Caller, link: LinkIn) -> int:
    """Id of the contact that a link is wanted for.

    NotFound if the caller sees none, ListeningNotAllowed if they may not hear it.
    """
    wanted = link.contact
    if isinstance(wanted, int):
        condition, missing = contacts.c.id == wanted, f"there is no contact {wanted}"
    else:
        condition = and_(
            sources.c.external_id == wanted.source, contacts.c.external_id == wanted.external_id
        )
        missing = f"there is no contact {wanted.external_id!r} of source {wanted.source!r}"
    found = connection.execute(
        select(contacts.c.id, may_listen(connection, caller).label("may_listen"))
        .join(sources, sources.c.id == contacts.c.source_id)
        .where(
            contacts.c.account_id == caller.account_id,
            sources.c.account_id == caller.account_id,
            visible(caller),
            condition,
        )
    ).first()
    if found is None:
        raise NotFound(missing)
    if not found.may_listen:
        raise ListeningNotAllowed("the group through which you see this call does not let listen")
    return int(found.id)


def add_link(
    connection: Connection, caller: Caller, *, contact_id: int, link: LinkIn, secret: bytes
) -> Row[Any]:
    """Store a link and return it."""
    return connection.execute(
        insert(embed_links)
        .values(
            account_id=caller.account_id,
            contact_id=contact_id,
            secret_hash=digest(secret),
            created_by=caller.actor,
            with_transcript=link.with_transcript,
            with_hits=link.with_hits,
            with_download=link.with_download,
            start_ms=link.start_ms,
            created_at_ms=now_ms(),
            expires_at_ms=now_ms() + link.expires_in_s * 1000,
        )
        .returning(*_COLUMNS)
    ).one()


def list_links(
    connection: Connection, caller: Caller, *, position: Position | None, limit: int
) -> Sequence[Row[Any]]:
    """Links that the caller has to do with, the newest first."""
    return _all(
        connection,
        select(*_COLUMNS)
        .where(embed_links.c.account_id == caller.account_id, *_own(caller))
        .where(*beyond([embed_links.c.id], position, descending=True))
        .order_by(embed_links.c.id.desc())
        .limit(limit),
    )


def revoke_link(connection: Connection, caller: Caller, link_id: int) -> None:
    """Make a link useless at once; a second time changes nothing."""
    revoked = embed_links.c.revoked_at_ms
    done = connection.execute(
        update(embed_links)
        .where(
            embed_links.c.account_id == caller.account_id,
            embed_links.c.id == link_id,
            *_own(caller),
        )
        .values(revoked_at_ms=case((revoked.is_(None), now_ms()), else_=revoked))
    )
    if done.rowcount == 0:
        raise NotFound(f"there is no link {link_id}")


def read_open_link(connection: Connection, token: LinkToken) -> Row[Any] | None:
    """The link of a token we have signed; None once it is revoked, has expired or is no more."""
    found = _all(
        connection,
        select(*_COLUMNS).where(
            embed_links.c.account_id == token.account_id,
            embed_links.c.id == token.link_id,
            embed_links.c.secret_hash == digest(token.secret),
            embed_links.c.revoked_at_ms.is_(None),
            embed_links.c.expires_at_ms > now_ms(),
        ),
    )
    return found[0] if found else None


def framing_origins(connection: Connection, account_id: int) -> list[str]:
    """Origins of the pages that may show the account's player in a frame."""
    return list(
        connection.execute(
            select(accounts.c.cors_origins).where(accounts.c.id == account_id)
        ).scalar_one_or_none()
        or ()
    )


_COLUMNS = (
    embed_links.c.account_id,
    embed_links.c.id,
    embed_links.c.contact_id,
    embed_links.c.start_ms,
    embed_links.c.with_transcript,
    embed_links.c.with_hits,
    embed_links.c.with_download,
    embed_links.c.created_by,
    embed_links.c.created_at_ms.label("created_at"),
    embed_links.c.expires_at_ms.label("expires_at"),
    embed_links.c.revoked_at_ms.label("revoked_at"),
)


def _all(connection: Connection, statement: Select[Any]) -> Sequence[Row[Any]]:
    return connection.execute(statement).all()


def _own(caller: Caller) -> list[ColumnElement[bool]]:
    """Who sets the account up sees and ends every link, others their own."""
    if caller.may(Permission.SETTINGS):
        return []
    return [embed_links.c.created_by == caller.actor]
