"""The filter names every kind of job that the pipeline has."""

from typing import get_args

from services.gateway.jobs.schemas import Kind, Subject, Urgency
from shared.domain.pipeline import STAGES, Priority


def test_filters_know_every_stage() -> None:
    assert set(get_args(Kind)) == set(STAGES)
    assert set(get_args(Subject)) == {stage.subject for stage in STAGES.values()}
    assert set(get_args(Urgency)) == {priority.name.lower() for priority in Priority}
