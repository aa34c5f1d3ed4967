"""What a rule says of a contact, in Kleene's three-valued logic.

Ordered so that `all` is the least, `any` the greatest, and negation the mirror image.
"""

from enum import IntEnum


class Verdict(IntEnum):
    """Answer of a rule; `undecidable` where what cannot be heard could turn it."""

    NO = 0
    UNDECIDABLE = 1
    YES = 2
