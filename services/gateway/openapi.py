"""The OpenAPI 3.1 description of the declared routes: `python -m services.gateway.openapi`."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from services.gateway.access.authentication import COOKIE, CSRF_HEADER
from services.gateway.problem import MEDIA_TYPE, Problem
from services.gateway.slices import all_routes
from shared.http.routes import Public, Route, Routes, SignedIn
from shared.http.schemas import GREATEST_ID, MAX_PATH_TEXT
from shared.permissions import Permission

API_VERSION = "1.0"
_REF = "#/components/schemas/{model}"

Schemas = Mapping[tuple[Any, JsonSchemaMode], Mapping[str, Any]]

_SECURITY = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "A machine's token, `tmk_…`, with scopes.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "A signed-in person. Changing requests also carry the `csrf_token` of "
        f"`GET /session` in the header `{CSRF_HEADER}`.",
    },
}

_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The `ETag` of what is changed, as it was read.",
    "schema": {"type": "string"},
}

_ALWAYS = {503: "A part (database, storage, broker) is down; see Retry-After."}


def describe(slices: Sequence[Routes]) -> dict[str, Any]:
    """The OpenAPI document of these routes, in their order."""
    routes = [route for slice_routes in slices for route in slice_routes.routes]
    schemas, definitions = _schemas(routes)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        operation = _operation(route, schemas, definitions)
        paths.setdefault(route.openapi_path, {})[route.method.lower()] = operation
    queries = {_name(schemas[route.query, "validation"]) for route in routes if route.query}
    others = {name: schema for name, schema in definitions.items() if name not in queries}
    written = json.dumps([paths, others])
    for name in queries:
        # A query's fields stand in the parameters; the object itself is only in some requests.
        if f'"{_REF.format(model=name)}"' not in written:
            definitions.pop(name, None)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tematika",
            "version": API_VERSION,
            "description": "Speech analytics and recording processing behind a call journal. "
            "Times are ISO 8601 with zone, durations in milliseconds; errors are problem documents "
            "(RFC 9457) with stable codes; lists are keyset pages.",
        },
        "tags": [{"name": tag} for tag in dict.fromkeys(route.tag for route in routes)],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(definitions.items())),
            "securitySchemes": _SECURITY,
        },
    }


def _schemas(routes: Iterable[Route]) -> tuple[Schemas, dict[str, Any]]:
    wanted: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {(Problem, "validation"): None}
    for route in routes:
        for model in (route.query, route.body):
            if model is not None:
                wanted[model, "validation"] = None
        if route.response is not None:
            wanted[route.response, "serialization"] = None
    schemas, whole = models_json_schema(list(wanted), ref_template=_REF)
    return schemas, dict(whole.get("$defs", {}))


def _operation(route: Route, schemas: Schemas, definitions: Mapping[str, Any]) -> dict[str, Any]:
    summary, description = route.text
    operation: dict[str, Any] = {
        "operationId": route.name.replace(".", "_"),
        "tags": [route.tag],
        "summary": summary,
    }
    if description:
        operation["description"] = description
    operation |= _access(route)
    parameters = [
        *_path_parameters(route),
        *_query_parameters(route, schemas, definitions),
        *([_IF_MATCH] if route.revised else []),
    ]
    if parameters:
        operation["parameters"] = parameters
    if route.body is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schemas[route.body, "validation"]}},
        }
    elif route.consumes:
        operation["requestBody"] = {
            "required": True,
            "content": {
                media: {"schema": {"type": "string", "format": "binary"}}
                for media in route.consumes
            },
        }
    operation["responses"] = _responses(route, schemas)
    return operation


def _access(route: Route) -> dict[str, Any]:
    match route.access:
        case Public(reason):
            return {"security": [], "x-public": reason}
        case SignedIn(reason):
            return {"security": [{"session": []}], "x-signed-in": reason}
        case Permission() as permission:
            return {"security": [{"bearer": []}, {"session": []}], "x-permission": str(permission)}


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    kinds: dict[type, dict[str, Any]] = {
        int: {"type": "integer", "format": "int64", "minimum": 1, "maximum": GREATEST_ID},
        str: {"type": "string", "minLength": 1, "maxLength": MAX_PATH_TEXT},
    }
    return [
        {"name": name, "in": "path", "required": True, "schema": kinds[kind]}
        for name, kind in route.path_types.items()
    ]


def _query_parameters(
    route: Route, schemas: Schemas, definitions: Mapping[str, Any]
) -> list[dict[str, Any]]:
    if route.query is None:
        return []
    whole = definitions[_name(schemas[route.query, "validation"])]
    parameters = []
    for name, schema in whole.get("properties", {}).items():
        inner = dict(schema)
        parameter = {"name": name, "in": "query", "required": name in whole.get("required", ())}
        if "description" in inner:
            parameter["description"] = inner.pop("description")
        parameters.append(parameter | {"schema": _without_null(inner)})
    return parameters


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    # "Not sent" is how a query says null.
    options = [option for option in schema.pop("anyOf", ()) if option != {"type": "null"}]
    if schema.get("default", ...) is None:
        del schema["default"]
    if len(options) == 1:
        return {**options[0], **schema}
    return {**schema, "anyOf": options} if options else schema


def _responses(route: Route, schemas: Schemas) -> dict[str, Any]:
    responses: dict[str, Any] = {str(route.status): _success(route, schemas, "Success.")}
    for status, when in route.statuses.items():
        responses[str(status)] = _success(route, schemas, when)
    for status, when in sorted(_problems(route).items()):
        responses[str(status)] = {
            "description": when,
            "content": {MEDIA_TYPE: {"schema": schemas[Problem, "validation"]}},
        }
    return responses


def _success(route: Route, schemas: Schemas, description: str) -> dict[str, Any]:
    response: dict[str, Any] = {"description": description}
    if route.response is not None:
        schema = schemas[route.response, "serialization"]
        response["content"] = {"application/json": {"schema": schema}}
    if route.produces:
        others: dict[str, Any] = {media: {"schema": {}} for media in route.produces}
        response["content"] = response.get("content", {}) | others
    return response


def _problems(route: Route) -> dict[int, str]:
    found = dict(_ALWAYS)
    if not isinstance(route.access, Public):
        found[401] = "No, wrong, expired or revoked credentials."
        found[403] = "The caller lacks the permission, or the CSRF token is missing."
    if route.path_types:
        found[404] = "There is no such thing in the caller's account."
    if route.body is not None or route.consumes:
        found |= {
            400: "The body is not what its type says.",
            413: "The body is too long.",
            415: "The body is of another type.",
        }
    if route.revised:
        found |= {412: "It was changed meanwhile: read it again.", 428: "If-Match is missing."}
    found[422] = "The request names something wrong; `errors` says where."
    return found | dict(route.problems)


def _name(reference: Mapping[str, Any]) -> str:
    return str(reference["$ref"]).rpartition("/")[2]


def text() -> str:
    """The document of the whole program as it stands in docs/openapi.json."""
    return json.dumps(describe(all_routes()), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
