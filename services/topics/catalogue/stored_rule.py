"""Rules as the database holds them: JSON without what is said by default."""

import json
from functools import lru_cache
from typing import Any

from services.topics.language.rule import Rule, parse_rule

PARSED_KEPT = 2000
"""Rules kept ready in a process: reading the phrases of 200 rules anew takes longer than a list may."""


def to_stored(rule: Rule) -> dict[str, Any]:
    """The rule as it is stored; equal rules are stored equally."""
    return rule.model_dump(mode="json", exclude_defaults=True)


def from_stored(stored: Any) -> Rule:
    """The rule that was stored so."""
    return _parsed(json.dumps(stored, sort_keys=True))


@lru_cache(maxsize=PARSED_KEPT)
def _parsed(text: str) -> Rule:
    return parse_rule(json.loads(text))
