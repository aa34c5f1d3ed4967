"""The effective mark: of all marks of one topic on one contact the one whose word counts."""

from sqlalchemy import ColumnElement, and_, case, exists

from shared.db.tables import marks

ORIGINS = ("correction", "operator", "voice_menu", "import", "rule")
"""Origins of marks, what counts most first: a person has heard the call, a rule has not."""


def is_effective() -> ColumnElement[bool]:
    """Condition on `marks`: no mark of the same topic on the same contact counts more."""
    other = marks.alias("stronger")
    stronger = (
        exists()
        .where(
            other.c.account_id == marks.c.account_id,
            other.c.contact_id == marks.c.contact_id,
            other.c.topic_id == marks.c.topic_id,
            _rank(other.c.origin) < _rank(marks.c.origin),
        )
        .correlate(marks)
    )
    return ~stronger


def effective_yes() -> ColumnElement[bool]:
    """Condition on `marks`: the mark counts and is a yes; a person's no hides a rule's yes."""
    return and_(marks.c.verdict.is_(True), is_effective())


def _rank(origin: ColumnElement[str]) -> ColumnElement[int]:
    return case({name: place for place, name in enumerate(ORIGINS)}, value=origin, else_=9)
