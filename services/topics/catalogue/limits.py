"""How much an account may write; every refusal names its limit and the setting."""

from sqlalchemy import Connection

from services.topics.catalogue import store
from services.topics.catalogue.checking import Text
from shared.errors import Conflict, InvalidInput
from shared.settings import Settings


def refuse_too_many(connection: Connection, account_id: int, settings: Settings) -> None:
    """Conflict when one topic more would be too many; call it with the rules locked."""
    if store.count_topics(connection, account_id) >= settings.max_topics:
        raise Conflict(
            f"the account has {settings.max_topics} topics, which is its limit "
            "(TEMATIKA_MAX_TOPICS): archive one first"
        )


def refuse_too_long(text: Text, settings: Settings) -> None:
    """InvalidInput when the rule has too many phrases or the topic too many examples."""
    phrases = sum(len(leaf.phrases) + len(leaf.excluding) for leaf in text.rule.leaves())
    if phrases > settings.max_topic_phrases:
        _refuse("rule", phrases, "phrases", settings.max_topic_phrases, "MAX_TOPIC_PHRASES")
    examples = len(text.should_match) + len(text.should_not_match)
    if examples > settings.max_topic_examples:
        path = "should_match" if text.should_match else "should_not_match"
        _refuse(path, examples, "examples", settings.max_topic_examples, "MAX_TOPIC_EXAMPLES")


def _refuse(path: str, found: int, what: str, most: int, setting: str) -> None:
    reason = f"there are {found} {what}, the limit is {most} (TEMATIKA_{setting})"
    raise InvalidInput(f"{path}: {reason}", [(path, reason)])
