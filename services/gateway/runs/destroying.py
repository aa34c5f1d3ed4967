"""Destroying recordings over HTTP; the acts of it are the player's."""

from services.gateway.runs.answers import require_all, shown_run
from services.gateway.runs.schemas import DestroyIn, RunOut
from services.player.destruction.starting import start_request, start_retention
from shared.http.routes import Call, Routes
from shared.permissions import Permission

routes = Routes("destructions")

_HELD = "`legal-hold`: nothing of a call on legal hold is destroyed."
_DESTROYED = "`recording-destroyed`: it was destroyed already."


@routes.post(
    "/runs/destroy",
    permission=Permission.RETENTION,
    status=202,
    problems={409: _HELD, 410: _DESTROYED},
)
def start_destroying(call: Call, body: DestroyIn) -> RunOut:
    """Destroy recordings with everything that tells what was said, or list what would go.

    Transcripts, evidence, renditions, prepared downloads and words that no other call has go with
    them; calls and marks of people stay. It cannot be undone, and the act of it is kept. Needs a
    role that sees all calls of the account.
    """
    require_all(call)
    with call.parts.database.write() as connection:
        if body.contacts or body.recordings:
            run_id = start_request(
                connection,
                call.caller,
                contact_ids=body.contacts,
                recording_ids=body.recordings,
                apply=not body.dry_run,
            )
        else:
            run_id = start_retention(
                connection,
                account_id=call.account_id,
                actor=call.caller.actor,
                apply=not body.dry_run,
            )
        return shown_run(connection, call.account_id, run_id)


@routes.delete(
    "/recordings/{recording_id}",
    permission=Permission.RETENTION,
    status=202,
    problems={409: _HELD, 410: _DESTROYED},
)
def destroy_recording(call: Call, recording_id: int) -> RunOut:
    """Destroy one recording with everything that tells what was said on it; see `/runs/destroy`."""
    require_all(call)
    with call.parts.database.write() as connection:
        run_id = start_request(connection, call.caller, recording_ids=[recording_id], apply=True)
        return shown_run(connection, call.account_id, run_id)
