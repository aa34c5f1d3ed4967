"""Why a sound is not given: each with the code that docs and clients know."""

from collections.abc import Mapping, Sequence

from shared.errors import Conflict, Forbidden, NotFound, Unavailable


class NoRecording(NotFound):
    """The leg or contact exists, and nothing was recorded of it."""

    code = "no-recording"


class RenditionMissing(NotFound):
    """The rendition asked for does not exist (yet); the detail tells the state of its job."""

    code = "rendition-missing"


class ChannelNotSeparable(NotFound):
    """The channel asked for cannot be heard by itself; `channels` are those that can."""

    code = "channel-not-separable"

    def __init__(self, channel: str, channels: Sequence[str]) -> None:
        super().__init__(f"there is no channel {channel} by itself; there is {', '.join(channels)}")
        self.channels = tuple(channels)

    @property
    def members(self) -> Mapping[str, object]:
        """See InvalidInput."""
        return {"channels": list(self.channels)}


class OriginalNotJoined(NotFound):
    """Several originals are never joined; `recordings` are the ids to ask for one by one."""

    code = "original-not-joined"

    def __init__(self, recording_ids: Sequence[int]) -> None:
        super().__init__("originals are not joined or cut: ask for a recording by its id")
        self.recording_ids = tuple(recording_ids)

    @property
    def members(self) -> Mapping[str, object]:
        """See InvalidInput."""
        return {"recordings": list(self.recording_ids)}


class ListeningNotAllowed(Forbidden):
    """The caller sees the call only through groups whose calls are not for listening."""

    code = "listening-not-allowed"


class SoundUnreadable(Conflict):
    """Nothing can be made of the original, for the decoder's reason; it can still be downloaded."""

    code = "sound-unreadable"

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"the original cannot be played: {detail or reason}")
        self.reason = reason

    @property
    def members(self) -> Mapping[str, object]:
        """See InvalidInput."""
        return {"reason": self.reason}


class DenoiseFailed(Conflict):
    """Denoising ended for good; `reason` is the code of its job, which can be retried."""

    code = "denoise-failed"

    def __init__(self, recording_id: int, reason: str) -> None:
        super().__init__(f"denoising recording {recording_id} failed: {reason}")
        self.reason = reason

    @property
    def members(self) -> Mapping[str, object]:
        """See InvalidInput."""
        return {"reason": self.reason}


class TranscodingBusy(Unavailable):
    """As many sounds are transcoded while streaming as this process may at once."""

    code = "transcoding-busy"
