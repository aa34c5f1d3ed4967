"""A rule as a client sends it: read like one of a pack, refused with the paths of the API."""

from typing import Annotated, Any

from pydantic import GetJsonSchemaHandler, ValidationError
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from services.topics.language.model import places_of
from services.topics.language.rule import Rule
from shared.errors import InvalidInput
from shared.http.body import MAX_ERRORS, json_path


class _LikeRule:
    """Documents a JSON object as a rule."""

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return handler(Rule.__pydantic_core_schema__)


SentRule = Annotated[dict[str, Any], _LikeRule()]
"""The field `rule` of a request; `read_rule` makes a Rule of it."""


def read_rule(sent: dict[str, Any]) -> Rule:
    """The rule that was sent; InvalidInput names each wrong place, as `rule.all[0].said.phrases[2]`."""
    try:
        return Rule.model_validate(sent)
    except ValidationError as error:
        errors = [(json_path(place, "rule"), why) for place, why in places_of(error)]
        first = "; ".join(f"{path}: {reason}" for path, reason in errors[:3])
        raise InvalidInput(f"the rule cannot be read: {first}", errors[:MAX_ERRORS]) from error
