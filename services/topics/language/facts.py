"""What the telephone system told of a contact, as a rule may ask for it."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from services.topics.language.model import Model, given

Values = Annotated[
    tuple[Annotated[str, Field(min_length=1, max_length=200)], ...], Field(min_length=1)
]


class Facts(Model):
    """What the telephone system told of the contact; all that is given must hold, any value of it.

    `source`, `group` and `employee` are external ids; a group or an employee is one of any leg, or
    of the leg that is judged.
    """

    kind: Values | None = None
    direction: Values | None = None
    result: Values | None = None
    source: Values | None = None
    group: Values | None = None
    employee: Values | None = None
    company_number: Values | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        fields = type(self).model_fields
        if not given(self, fields):
            raise ValueError(f"name at least one of {', '.join(fields)}")
        return self
