"""What a preview gives."""

from pydantic import Field

from services.topics.explaining.schemas import FoundOut, NearMissOut
from shared.http.schemas import Out, Time


class PreviewContactOut(Out):
    """A call that was looked at."""

    contact_id: int
    external_id: str
    source: str = Field(description="External id of the telephone system.")
    started_at: Time


class SampleOut(PreviewContactOut):
    """A call that the rule says yes to."""

    hits: list[FoundOut] = Field(
        description="The first 3; none where the rule goes by what was not said or measured."
    )


class PreviewMissOut(PreviewContactOut):
    """A call that the rule says no to, but would say yes to with one condition let go."""

    path: str = Field(description="The condition, such as `rule.all[0].said`.")
    miss: NearMissOut


class PreviewOut(Out):
    """What a rule says of the newest calls; every call counts under one verdict."""

    calls: int = Field(description="Calls that were looked at.")
    yes: int
    no: int
    undecidable: int = Field(description="What cannot be heard could turn it.")
    not_judged: int = Field(description="Undecidable while nothing of the call is recognised yet.")
    samples: list[SampleOut] | None = Field(
        description="The newest 20 with a yes; null without the permissions `hits` and "
        "`transcript`."
    )
    near_misses: list[PreviewMissOut] | None = Field(
        description="Up to 10 of the newest calls with a no, the nearest first; null likewise."
    )
    elapsed_ms: int
