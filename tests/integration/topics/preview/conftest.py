"""An account whose topics are written over HTTP, with calls in it."""

from tests.integration.topics.explaining.conftest import calls, editor  # noqa: F401 - fixtures
