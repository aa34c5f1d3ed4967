import os

import pytest

from services.transcribe.cores import cgroup_quota, model_threads, physical_cores, usable_cores

HYPERTHREADED = "\n\n".join(
    f"processor\t: {n}\nphysical id\t: {n % 2}\ncore id\t\t: {n // 4}\nmodel name\t: x"
    for n in range(8)
)


@pytest.mark.parametrize(
    ("text", "cores"),
    [
        pytest.param(HYPERTHREADED, 4, id="two-packages-of-two-cores-with-two-threads"),
        pytest.param("processor\t: 0\nBogoMIPS\t: 50", 0, id="arm-does-not-tell"),
        pytest.param("", 0, id="no-file"),
    ],
)
def test_physical_cores(text, cores) -> None:
    assert physical_cores(text) == cores


@pytest.mark.parametrize(
    ("text", "cores"),
    [
        pytest.param("200000 100000", 2, id="two"),
        pytest.param("150000 100000", 1, id="one-and-a-half"),
        pytest.param("50000 100000", 1, id="half"),
        pytest.param("max 100000", 0, id="unlimited"),
        pytest.param("", 0, id="no-file"),
    ],
)
def test_container_quota(text, cores) -> None:
    assert cgroup_quota(text) == cores


def test_threads_times_workers_stay_within_the_cores() -> None:
    assert 1 <= usable_cores() <= (os.cpu_count() or 1)
    for workers in range(1, 9):
        assert model_threads(0, workers) * workers <= max(usable_cores(), workers)
    assert model_threads(3, 8) == 3
