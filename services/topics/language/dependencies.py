"""Topics that ask about other topics: in which order they are judged, and that no circle is closed."""

from collections.abc import Collection, Iterable, Mapping
from graphlib import CycleError, TopologicalSorter

from shared.errors import InvalidInput


def circle(asks: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """Topic keys of a circle, each asking about the next, the first again at the end; () if none.

    `asks` maps a topic's key to the keys in its rule.
    """
    try:
        TopologicalSorter({key: sorted(asked) for key, asked in asks.items()}).prepare()
    except CycleError as error:
        return tuple(reversed(error.args[1]))
    return ()


def in_order(asks: Mapping[str, Collection[str]]) -> list[str]:
    """Topic keys so that each comes after those it asks about; what is in order stays as it is.

    Keys that are asked about and not in `asks` are left out. Raises InvalidInput naming the circle
    when there is one.
    """
    around = circle(asks)
    if around:
        raise InvalidInput(f"topics ask about each other in a circle: {' → '.join(around)}")
    order: dict[str, None] = {}
    waiting = list(asks)[::-1]
    while waiting:
        key = waiting[-1]
        first = [other for other in sorted(asks[key]) if other in asks and other not in order]
        if first:
            waiting += first[::-1]
        else:
            order.setdefault(waiting.pop())
    return list(order)


def dependents(keys: Iterable[str], asks: Mapping[str, Collection[str]]) -> frozenset[str]:
    """The topics and everything that asks about them, through however many others."""
    found = set(keys)
    grown = True
    while grown:
        more = {key for key, asked in asks.items() if key not in found and found & set(asked)}
        found |= more
        grown = bool(more)
    return frozenset(found)


def prerequisites(keys: Iterable[str], asks: Mapping[str, Collection[str]]) -> frozenset[str]:
    """The topics and everything they ask about, through however many others."""
    found: set[str] = set()
    waiting = list(keys)
    while waiting:
        key = waiting.pop()
        if key not in found:
            found.add(key)
            waiting.extend(asks.get(key, ()))
    return frozenset(found)
