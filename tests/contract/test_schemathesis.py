"""The program against its own OpenAPI: generated requests, right and wrong, never make a 5xx."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import (
    content_type_conformance,
    negative_data_rejection,
    not_a_server_error,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import insert

from services.gateway.access.secrets_of_callers import digest, new_token
from services.gateway.accounts import create_account
from services.gateway.app import create_app
from services.gateway.slices import all_routes
from shared.db.migrate import upgrade
from shared.db.session import Database, now_ms
from shared.db.tables import tokens
from shared.http.routes import Route
from shared.permissions import Permission
from shared.queue.runner import Parts
from shared.settings import Settings
from shared.storage.disk import DiskStore

# No generated request revokes it by chance.
TOKEN_ID = 4_611_686_018_427_387_847
EXAMPLES = 10
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
DECLARED = [route for slice_routes in all_routes() for route in slice_routes.routes]


@schemathesis.serializer("application/x-ndjson")
def as_lines(context: schemathesis.SerializationContext, value: Any) -> bytes:
    """Raw bytes as they are; anything else is one line."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


@pytest.fixture(scope="module")
def secret() -> str:
    return new_token()


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory, secret: str) -> Any:
    folder = tmp_path_factory.mktemp("gateway")
    config = Settings(data_dir=folder)
    database = Database(config.database_address)
    upgrade(database)
    store = DiskStore(config.objects_path)
    store.prepare()
    with database.write() as connection:
        account = create_account(
            connection, name="Ромашка", owner_login="owner", owner_password="correct horse"
        )
        connection.execute(
            insert(tokens).values(
                id=TOKEN_ID,
                account_id=account.account_id,
                name="generated requests",
                secret_hash=digest(secret),
                scopes=list(Permission),
                created_at_ms=now_ms(),
            )
        )
    return schemathesis.openapi.from_wsgi(
        "/api/openapi.json", create_app(Parts(config, database, store))
    )


@pytest.mark.parametrize("route", DECLARED, ids=lambda route: f"{route.method} {route.path}")
def test_generated_requests(api: Any, secret: str, route: Route) -> None:
    operation = api[route.openapi_path][route.method]
    right = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    takes = route.path_types or route.body is not None or route.query is not None
    wrong = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE) if takes else right

    @given(case=right | wrong)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    def answered(case: schemathesis.Case) -> None:
        case.call_and_validate(headers={"Authorization": f"Bearer {secret}"}, checks=CHECKS)

    answered()
