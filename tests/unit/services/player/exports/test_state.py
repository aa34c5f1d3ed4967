"""What an export's row and job say together."""

import pytest

from services.player.exports.state import ExportState, export_state
from shared.domain.pipeline import JobState


@pytest.mark.parametrize("job_state", JobState)
def test_a_file_can_be_fetched_whatever_its_job_does(job_state: JobState) -> None:
    def state(*, expired: bool) -> ExportState:
        return export_state(has_object=True, expired=expired, job_state=job_state)

    assert state(expired=False) is ExportState.READY
    assert state(expired=True) is ExportState.EXPIRED


@pytest.mark.parametrize("job_state", JobState)
def test_without_a_file_the_job_tells(job_state: JobState) -> None:
    state = export_state(has_object=False, expired=False, job_state=job_state)
    expected = "destroyed" if job_state is JobState.DONE else str(job_state)
    assert state == expected
