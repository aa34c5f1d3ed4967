"""Fixtures of the tests of the door for foreign journal pages."""

from tests.gateway_client import (  # noqa: F401 - fixtures
    account,
    app,
    client,
    intake,
    make_api,
    other_account,
    owner,
    stranger,
)
