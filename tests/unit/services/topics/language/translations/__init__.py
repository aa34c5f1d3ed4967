"""Rules of other systems as they are written there, and as ours; one module per source.

Beside each: conversations on which the original fires, and on which it does not.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Translation:
    """One rule; `source` is the original, `rule` and `others`, the topics it asks about, are YAML."""

    name: str
    source: str
    rule: str
    should: tuple[str, ...]
    should_not: tuple[str, ...]
    others: Mapping[str, str] = field(default_factory=dict)
