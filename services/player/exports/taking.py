"""What the audit log says of recordings that leave in an archive."""

from typing import Any

from sqlalchemy import Select

from services.player.exports.spec import TRANSCRIPT
from shared import audit
from shared.db.session import Database
from shared.permissions import Caller


def note_taken(database: Database, caller: Caller, variant: str, recordings: Select[Any]) -> None:
    """Note that of each recording its sound in a variant, or its transcript, is taken out.

    `recordings` is a query of (recording id, contact id).
    """
    if variant == TRANSCRIPT:
        audit.note_all(database, caller, action=audit.READ_TRANSCRIPT, recordings=recordings)
    else:
        audit.note_all(database, caller, action="download", variant=variant, recordings=recordings)
