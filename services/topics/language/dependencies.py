"""Topics that ask about other topics: in which order they are judged, and that no circle is closed."""

from collections.abc import Collection, Iterable, Mapping
from graphlib import CycleError, TopologicalSorter

from shared.errors import InvalidInput


def in_order(asks: Mapping[str, Collection[str]]) -> list[str]:
    """Topic keys so that each comes after those it asks about; equals stay in the given order.

    `asks` maps a topic's key to the keys in its rule; keys that are not in it are left out. Raises
    InvalidInput naming the circle.
    """
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for key, asked in asks.items():
        sorter.add(key, *(other for other in sorted(asked) if other in asks))
    try:
        return list(sorter.static_order())
    except CycleError as error:
        circle = " → ".join(reversed(error.args[1]))
        raise InvalidInput(f"topics ask about each other in a circle: {circle}") from error


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
