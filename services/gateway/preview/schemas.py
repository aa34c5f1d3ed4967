"""What the route of previews takes."""

from pydantic import Field

from services.gateway.runs.schemas import RunFilterIn
from services.topics.catalogue.sent_rule import SentRule
from services.topics.language.rule import TopicKey
from shared.http.schemas import In

DEFAULT_CALLS = 10_000
MOST_CALLS = 50_000


class PreviewIn(In):
    """A rule that is not saved yet, and which calls it is judged on."""

    rule: SentRule
    key: TopicKey | None = Field(
        default=None, description="Key of its topic: a circle through it is found."
    )
    calls: int = Field(
        default=DEFAULT_CALLS, ge=1, le=MOST_CALLS, description="At most so many, the newest."
    )
    filter: RunFilterIn = Field(
        default=RunFilterIn(),
        description="Of which the newest are taken; calls alone unless it names a `kind`.",
    )
