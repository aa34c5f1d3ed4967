"""Fixtures of the topics' tests."""

from tests.gateway_client import (  # noqa: F401 - fixtures
    account,
    app,
    client,
    make_api,
    other_account,
    owner,
    stranger,
)
