"""Every route of the program has a permission, and nothing answers without one."""

import pytest
from flask import Flask

from services.gateway.app import ROUTES, create_app
from services.gateway.slices import all_routes
from shared.db.migrate import upgrade
from shared.db.session import Database
from shared.http.routes import Call, Public, Route, Routes, SignedIn
from shared.permissions import Permission
from shared.queue.runner import Parts
from shared.settings import Settings
from shared.storage.disk import DiskStore

PUBLIC = {
    "/health/live",
    "/health/ready",
    "/metrics",
    "/api/docs",
    "/api/docs/{name}",
    "/api/openapi.json",
    "POST /api/v1/session",
    "/embed/player/{token}",
    "/embed/player/{token}/timeline",
    "/embed/player/{token}/sound",
    "/embed/player/{token}/waveform/{recording_id}",
    "/embed/assets/{digest}/{name}",
}
SIGNED_IN = {
    "GET /api/v1/session",
    "DELETE /api/v1/session",
    "PUT /api/v1/session/password",
}
DECLARED = [route for slice_routes in all_routes() for route in slice_routes.routes]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder = tmp_path_factory.mktemp("gateway")
    settings = Settings(data_dir=folder)
    database = Database(settings.database_address)
    upgrade(database)
    store = DiskStore(settings.objects_path)
    store.prepare()
    return create_app(Parts(settings, database, store))


def named(route: Route) -> set[str]:
    return {route.openapi_path, f"{route.method} {route.openapi_path}"}


def test_every_rule_of_the_application_is_a_declared_route(app: Flask) -> None:
    mounted = app.extensions[ROUTES]
    assert {rule.endpoint for rule in app.url_map.iter_rules()} == set(mounted)
    for route in mounted.values():
        assert isinstance(route.access, Permission | Public | SignedIn)


def test_public_routes_are_these_and_say_why(app: Flask) -> None:
    public = [r for r in app.extensions[ROUTES].values() if isinstance(r.access, Public)]
    unexpected = [route.openapi_path for route in public if not named(route) & PUBLIC]
    assert unexpected == []
    for route in public:
        assert isinstance(route.access, Public)
        assert len(route.access.reason) > 20


def test_routes_for_any_signed_in_person_are_these(app: Flask) -> None:
    found = {
        f"{route.method} {route.openapi_path}"
        for route in app.extensions[ROUTES].values()
        if isinstance(route.access, SignedIn)
    }
    assert found == SIGNED_IN


def test_route_without_permission_cannot_be_declared() -> None:
    with pytest.raises(TypeError, match="permission"):
        Routes("test").get("/x")  # type: ignore[call-arg]  # that is the point


@pytest.mark.parametrize("route", DECLARED, ids=lambda route: f"{route.method} {route.path}")
def test_nothing_but_public_answers_without_credentials(app: Flask, route: Route) -> None:
    path = route.openapi_path
    for name, kind in route.path_types.items():
        path = path.replace("{" + name + "}", "1" if kind is int else "x")
    answer = app.test_client().open(path, method=route.method)
    if isinstance(route.access, Public):
        assert answer.status_code not in (401, 403)
    else:
        assert answer.status_code == 401, answer.text
        assert answer.content_type == "application/problem+json"


@pytest.mark.parametrize("route", DECLARED, ids=lambda route: f"{route.method} {route.path}")
def test_every_route_has_a_summary(route: Route) -> None:
    summary, _ = route.text
    assert summary
    assert len(summary) <= 120


def test_view_that_does_not_fit_its_path_is_refused_at_import() -> None:
    routes = Routes("test")

    def view(call: Call, other: int) -> None: ...

    with pytest.raises(TypeError, match="its path has"):
        routes.get("/x/{number}", permission=Permission.CALLS)(view)
    with pytest.raises(TypeError, match="pydantic"):

        @routes.get("/y", permission=Permission.CALLS)
        def bare(call: Call) -> dict[str, int]:
            return {}


def test_paths_of_one_shape_have_one_spelling() -> None:
    """OpenAPI takes /a/{x} and /a/{y} for the same path."""
    spelled: dict[str, str] = {}
    for route in DECLARED:
        shape = "/".join(
            "{}" if part.startswith("{") else part for part in route.openapi_path.split("/")
        )
        assert spelled.setdefault(shape, route.openapi_path) == route.openapi_path
