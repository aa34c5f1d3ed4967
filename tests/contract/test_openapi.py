"""docs/openapi.json is what the program serves, whole and valid; its page is served here whole."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from services.gateway import openapi
from services.gateway.docs import docs_routes
from services.gateway.slices import all_routes

FILE = Path(__file__).parents[2] / "docs" / "openapi.json"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi.describe(all_routes())


def walk(value: Any) -> Iterator[Any]:
    yield value
    children = value.values() if isinstance(value, dict) else value
    if isinstance(value, dict | list):
        for child in children:
            yield from walk(child)


def test_file_is_current() -> None:
    assert FILE.read_text("utf-8") == openapi.text(), "run `make openapi`"


def test_references_lead_somewhere_and_nothing_is_left_over(document: dict[str, Any]) -> None:
    known = set(document["components"]["schemas"])
    referred = {
        item["$ref"].removeprefix("#/components/schemas/")
        for item in walk(document)
        if isinstance(item, dict) and isinstance(item.get("$ref"), str)
    }
    assert referred == known


def test_every_schema_is_a_json_schema(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        jsonschema_rs.meta.validate({"$id": f"urn:{name}", **schema})


def test_operation_ids_are_unique(document: dict[str, Any]) -> None:
    ids = [
        operation["operationId"]
        for path in document["paths"].values()
        for operation in path.values()
    ]
    assert len(ids) == len(set(ids))


def test_times_are_described_as_they_are_written(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        for field, kind in schema.get("properties", {}).items():
            assert not field.endswith("_at_ms"), f"{name}.{field}: {kind}"


def test_page_loads_nothing_from_elsewhere() -> None:
    views = {route.path: route.view for route in docs_routes(lambda: "{}").routes}
    page = views["/api/docs"](None).get_data(as_text=True)
    assets = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert assets
    for asset in assets:
        assert asset.startswith("/api/docs/")
        name = asset.removeprefix("/api/docs/")
        assert views["/api/docs/{name}"](None, name=name).get_data()


def test_description_can_be_read_back(document: dict[str, Any]) -> None:
    assert json.loads(openapi.text()) == document
