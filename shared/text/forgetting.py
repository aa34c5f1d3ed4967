"""Clears words out of an account's lexicon that no transcript holds any more.

Their numbers stay unused: a form that is recognised again later gets a new one.
"""

import secrets

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import delete, select, update

from shared.db.among import among
from shared.db.session import Database
from shared.db.tables import lexicon, packed_transcripts
from shared.text.lexicon import lock_numbering

# Packed transcripts read in one short transaction: some 10 MB.
_PAGE = 2000

WordNos = NDArray[np.int64]


def forget_unused_words(database: Database, account_id: int) -> int:
    """Remove every form that occurs in no packed transcript of the account; how many went.

    Transcripts may be stored meanwhile. A word is first marked and then looked for once more: a
    transcript that was stored before the marking is found by that look, one that is stored after it
    takes the mark away (`hold_forms`).
    """
    unused = _unused(database, account_id)
    if not len(unused):
        return 0
    # Another process that clears out at this moment has its own mark.
    mark = secrets.randbits(62)
    ours = (lexicon.c.account_id == account_id, lexicon.c.leaving == mark)
    with database.write() as connection:
        lock_numbering(connection, account_id)
        connection.execute(
            update(lexicon)
            .where(
                lexicon.c.account_id == account_id,
                among(connection, lexicon.c.word_no, unused.tolist()),
            )
            .values(leaving=mark)
        )
    still = np.intersect1d(unused, _unused(database, account_id)).tolist()
    with database.write() as connection:
        lock_numbering(connection, account_id)
        gone = connection.execute(
            delete(lexicon).where(*ours, among(connection, lexicon.c.word_no, still))
        )
        connection.execute(update(lexicon).where(*ours).values(leaving=None))
    return gone.rowcount


def _unused(database: Database, account_id: int) -> WordNos:
    """Numbers of forms that no packed transcript holds; of those numbered later, none."""
    with database.read() as connection:
        known = np.array(
            connection.execute(
                select(lexicon.c.word_no)
                .where(lexicon.c.account_id == account_id)
                .order_by(lexicon.c.word_no)
            )
            .scalars()
            .all(),
            np.int64,
        )
    if not len(known):
        return known
    used = np.zeros(int(known[-1]) + 1, np.bool_)
    after_id = 0
    while True:
        with database.read() as connection:
            page = connection.execute(
                select(packed_transcripts.c.recording_id, packed_transcripts.c.token_ids)
                .where(
                    packed_transcripts.c.account_id == account_id,
                    packed_transcripts.c.recording_id > after_id,
                )
                .order_by(packed_transcripts.c.recording_id)
                .limit(_PAGE)
            ).all()
        ids = np.frombuffer(b"".join(row.token_ids for row in page), "<u4")
        used[ids[ids < len(used)]] = True
        if len(page) < _PAGE:
            return known[~used[known]]
        after_id = page[-1].recording_id
