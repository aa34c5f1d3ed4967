"""Who may take out what: asked when an export is ordered, and again whenever it is fetched."""

from sqlalchemy import Connection, select

from services.player.delivery.schemas import Variant
from services.player.exports.spec import Spec
from services.player.refusals import DenoiseSwitchedOff
from services.player.rendering.strength import Strength
from shared.contacts.recorded import RecordingSwitchedOff
from shared.db.tables import accounts
from shared.permissions import Caller, Permission


def require_rights(connection: Connection, caller: Caller, spec: Spec) -> None:
    """Forbidden, with its code, unless the caller may take out what the spec names."""
    if spec.transcripts:
        caller.require(Permission.TRANSCRIPT)
    if not spec.sound:
        return
    caller.require(Permission.SOUND)
    switches = connection.execute(
        select(accounts.c.recording_enabled, accounts.c.denoise_enabled).where(
            accounts.c.id == caller.account_id
        )
    ).one()
    if not switches.recording_enabled:
        raise RecordingSwitchedOff("the account's recording of calls is switched off")
    if Variant.DENOISED in spec.sound and not switches.denoise_enabled:
        raise DenoiseSwitchedOff("the account's noise suppression is switched off")


def usual_strength(connection: Connection, account_id: int) -> Strength:
    """How strongly the account denoises where nobody says otherwise."""
    strength = select(accounts.c.denoise_strength).where(accounts.c.id == account_id)
    return Strength(connection.execute(strength).scalar_one())
