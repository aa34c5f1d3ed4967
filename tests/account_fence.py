"""Watches every statement the product sends in a test and refuses one that is not behind its account."""

import sys
from pathlib import Path
from types import FrameType
from typing import Any

from sqlalchemy import Connection, Delete, Engine, Insert, Select, Table, Update, event
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.elements import BinaryExpression, BindParameter
from sqlalchemy.sql.selectable import Alias, FromClause

from shared.db.tables import metadata

ROOT = Path(__file__).parent.parent
PRODUCT = tuple(str(ROOT / folder) for folder in ("shared", "services"))

OWNED = frozenset(table for table in metadata.tables.values() if "account_id" in table.c)

# Statements that belong to no account by their nature, by a function on the way to them.
EXCEPTIONS = {
    "shared/queue/jobs.py:claim": "a message carries only the job's id",
    "shared/queue/jobs.py:release_after_error": "likewise; fenced by the worker's name",
    "shared/queue/sweeper.py": "workers serve every account",
    "services/gateway/access/lookup.py": "how the account of a secret is found",
    "services/gateway/jobs/totals.py": "metrics count the jobs of all accounts; no row leaves",
}


class NotBehindItsAccount(AssertionError):
    """A statement touches an account's rows without naming the account."""


def watch() -> None:
    """Watch every engine of this process from here on."""
    event.listen(Engine, "before_execute", _check)


def unwatch() -> None:
    """Stop watching."""
    event.remove(Engine, "before_execute", _check)


def _check(connection: Connection, element: Any, multi: Any, params: Any, options: Any) -> None:
    if not isinstance(element, Select | Update | Delete | Insert):
        return
    senders = _senders(sys._getframe(1))
    if not senders or any(_excepted(sender) for sender in senders):
        return
    loose = unbound(element)
    if loose:
        raise NotBehindItsAccount(
            f"{senders[0]}: {', '.join(sorted(loose))} without an account in:\n{element}"
        )


def unbound(statement: Select[Any] | Update | Delete | Insert) -> set[str]:
    """Names of the owned tables that the statement reads or changes without binding account_id."""
    if isinstance(statement, Insert):
        return _unbound_insert(statement)
    tables = {_name(t): t for t in _tables(statement)}
    if isinstance(statement, Update | Delete):
        tables[statement.table.name] = statement.table
    owned = {name for name, t in tables.items() if _is_owned(t)}
    bound: set[str] = set()
    links: list[tuple[str, str]] = []
    for node in visitors.iterate(statement):
        if not isinstance(node, BinaryExpression):
            continue
        if node.operator not in (operators.eq, operators.in_op):
            continue
        match _account_column(node.left), _account_column(node.right):
            case str(one), str(two):
                links.append((one, two))
            case (str(one), None) if _is_account(node.right):
                bound.add(one)
            case (None, str(two)) if _is_account(node.left):
                bound.add(two)
    return owned - _closure(bound, links)


def _closure(bound: set[str], links: list[tuple[str, str]]) -> set[str]:
    """Every table that is bound itself or equal in account to one that is."""
    closed = set(bound)
    while True:
        more = {name for link in links if closed & set(link) for name in link} - closed
        if not more:
            return closed
        closed |= more


def _unbound_insert(statement: Insert) -> set[str]:
    table = statement.table
    if table not in OWNED:
        return set()
    if statement.select is not None:
        return unbound(statement.select) if isinstance(statement.select, Select) else set()
    named: set[str] = set()
    for values in (statement._values or {}, *(statement._multi_values or ())):
        rows = values if isinstance(values, list | tuple) else [values]
        for row in rows:
            named |= {getattr(key, "key", key) for key in row}
    # Without values in the statement they come as parameters, which the NOT NULL column checks.
    return {table.name} if named and "account_id" not in named else set()


def _tables(statement: Any) -> list[FromClause]:
    found: list[FromClause] = []
    waiting = [statement]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Table) or (isinstance(node, Alias) and isinstance(node.element, Table)):
            found.append(node)
        else:
            waiting.extend(node.get_children())
    return found


def _is_owned(table: FromClause) -> bool:
    base = table.element if isinstance(table, Alias) else table
    return base in OWNED


def _name(table: FromClause) -> str:
    return str(getattr(table, "name", table))


def _account_column(side: Any) -> str | None:
    table = getattr(side, "table", None)
    if table is not None and getattr(side, "key", None) == "account_id":
        return _name(table)
    return None


def _is_account(side: Any) -> bool:
    return isinstance(side, BindParameter) or any(
        getattr(node, "key", None) == "account_id" for node in visitors.iterate(side)
    )


def _senders(frame: FrameType | None) -> list[str]:
    """`file:function` of the product's frames, the innermost first; none when a test sends it."""
    senders: list[str] = []
    while frame is not None:
        name = frame.f_code.co_filename
        if name.startswith(PRODUCT):
            senders.append(f"{Path(name).relative_to(ROOT)}:{frame.f_code.co_name}")
        elif name.startswith(str(ROOT / "tests")) and name != __file__:
            break
        frame = frame.f_back
    return senders


def _excepted(sender: str) -> bool:
    return sender in EXCEPTIONS or sender.partition(":")[0] in EXCEPTIONS
