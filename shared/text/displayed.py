"""The displayed words of a stored transcript, in the order that the packed form counts them."""

import json
import zlib


def displayed_words(document: bytes) -> list[str]:
    """Words of a compressed transcript document in the order of its utterances.

    Reads only what docs/transcript-format.md fixes: `utterances[].words[].text`.
    """
    utterances = json.loads(zlib.decompress(document))["utterances"]
    return [word["text"] for utterance in utterances for word in utterance["words"]]
