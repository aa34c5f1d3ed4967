"""Reading transcripts: of one recording, or of a contact's recordings merged."""

from collections.abc import Sequence
from typing import Any

from flask import Request, Response

from services.transcribe import reading
from services.transcribe.merge import merge_conversation
from services.transcribe.schemas import ConversationOut, FormatQuery, TranscriptOut
from shared import audit
from shared.contacts.visibility import require_contact
from shared.domain.transcript import Utterance
from shared.errors import NotFound
from shared.http.routes import Call, Routes
from shared.permissions import Permission
from shared.transcripts.document import measures_document, to_document, utterance_document
from shared.transcripts.formats import Format, to_text
from shared.transcripts.store import load_transcript

routes = Routes("transcripts")

MEDIA_TYPES = {
    Format.JSON: "application/json",
    Format.SRT: "application/x-subrip",
    Format.VTT: "text/vtt",
    Format.TXT: "text/plain",
}
_OTHERS = tuple(MEDIA_TYPES[form] for form in (Format.SRT, Format.VTT, Format.TXT))


@routes.get(
    "/recordings/{recording_id}/transcript", permission=Permission.TRANSCRIPT, produces=_OTHERS
)
def get_recording_transcript(
    call: Call, recording_id: int, query: FormatQuery
) -> TranscriptOut | Response:
    """The transcript of a recording, on the recording's clock.

    404 while there is none; the recording's jobs say whether it is coming.
    """
    with call.parts.database.read() as connection:
        contact_id = reading.require_recording(connection, call.caller, recording_id)
        transcript = load_transcript(
            connection, account_id=call.account_id, recording_id=recording_id
        )
    if transcript is None:
        raise NotFound(f"recording {recording_id} has no transcript yet")
    _note_reading(call, [recording_id], contact_id)
    wanted = chosen_format(call.request, query)
    if wanted is Format.JSON:
        return TranscriptOut.model_validate(to_document(transcript))
    return _text(wanted, transcript.utterances, language=transcript.language, demo=transcript.demo)


@routes.get("/contacts/{contact_id}/transcript", permission=Permission.TRANSCRIPT, produces=_OTHERS)
def get_contact_transcript(
    call: Call, contact_id: int, query: FormatQuery
) -> ConversationOut | Response:
    """The whole conversation of a contact: its recordings merged on the contact's clock.

    Two one-sided files come out as one dialogue; `missing` counts recordings without a transcript.
    """
    with call.parts.database.read() as connection:
        require_contact(connection, call.caller, contact_id)
        parts, missing = reading.conversation_parts(
            connection, account_id=call.account_id, contact_id=contact_id
        )
    if not parts:
        raise NotFound(f"contact {contact_id} has no transcript yet")
    _note_reading(call, [part.recording_id for part in parts], contact_id)
    conversation = merge_conversation(parts)
    demo = any(part.transcript.demo for part in parts)
    wanted = chosen_format(call.request, query)
    if wanted is not Format.JSON:
        utterances = [item.utterance for item in conversation.utterances]
        return _text(wanted, utterances, language=parts[0].transcript.language, demo=demo)
    spoken: list[dict[str, Any]] = [
        utterance_document(item.utterance)
        | {"recording_id": item.recording_id, "offset_ms": item.offset_ms}
        for item in conversation.utterances
    ]
    return ConversationOut.model_validate(
        {
            "demo": demo,
            "recordings": [part.recording_id for part in parts],
            "missing": missing,
            "utterances": spoken,
            "measures": measures_document(conversation.measures),
        }
    )


def chosen_format(request: Request, query: FormatQuery) -> Format:
    """`?format=` if sent, else the best match of the Accept header, else JSON."""
    if query.format is not None:
        return query.format
    best = request.accept_mimetypes.best_match(list(MEDIA_TYPES.values()), "application/json")
    return next(form for form, media in MEDIA_TYPES.items() if media == best)


def _note_reading(call: Call, recording_ids: Sequence[int], contact_id: int | None) -> None:
    """Have the audit log tell of this reading before a word of it leaves."""
    if call.request.method == "HEAD":
        return
    audit.note_reading(
        call.parts.database, call.caller, recording_ids=recording_ids, contact_id=contact_id
    )


def _text(
    wanted: Format, utterances: Sequence[Utterance], *, language: str, demo: bool
) -> Response:
    return Response(
        to_text(utterances, wanted, language=language, demo=demo),
        content_type=f"{MEDIA_TYPES[wanted]}; charset=utf-8",
        headers={"Vary": "Accept"},
    )
