"""The application factory: wires the parts and every slice's routes into one Flask application."""

import json
import re
import time
import uuid

import structlog
from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import HTTPException

from services.gateway import health as readiness
from services.gateway import metrics, problem
from services.gateway.access.authentication import Authentication
from services.gateway.cors import Cors
from services.gateway.docs import docs_routes
from services.gateway.mount import Mounting, mount
from services.gateway.openapi import describe
from services.gateway.secret_key import secret_key
from services.gateway.slices import all_routes
from shared.errors import TematikaError
from shared.paging import Cursors
from shared.queue.runner import Parts

log = structlog.get_logger(__name__)

ROUTES = "tematika-routes"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


def create_app(parts: Parts) -> Flask:
    """The gateway over these parts; holds no state of its own between requests."""
    app = Flask("services.gateway", static_folder=None, template_folder=None)
    app.url_map.merge_slashes = False
    key = secret_key(parts.settings)
    mounting = Mounting(
        parts=parts, authentication=Authentication(parts.database, key), cursors=Cursors(key)
    )
    app.extensions[readiness.EXTENSION] = readiness.Readiness(parts)
    app.extensions[metrics.EXTENSION] = metrics.Metrics(parts.database)
    cors = Cors(parts.database)
    app.before_request(_begin)
    app.before_request(cors.answer_preflight)
    app.after_request(_end)
    app.after_request(cors.add_headers)
    app.register_error_handler(TematikaError, _own_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected_error)
    slices = all_routes()
    docs = docs_routes(lambda: json.dumps(describe(slices), ensure_ascii=False))
    app.extensions[ROUTES] = {route.name: route for route in mount(app, mounting, [*slices, docs])}
    return app


def _begin() -> None:
    g.started = time.perf_counter()
    sent = request.headers.get("X-Request-Id", "")
    g.request_id = sent if _REQUEST_ID.fullmatch(sent) else uuid.uuid4().hex
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _end(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.request_id
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Cache-Control", "no-store")
    seconds = time.perf_counter() - g.started
    route = current_app.extensions[ROUTES].get(request.endpoint)
    counted: metrics.Metrics = current_app.extensions[metrics.EXTENSION]
    counted.observe(
        method=request.method,
        route=route.openapi_path if route else "unmatched",
        status=response.status_code,
        seconds=seconds,
    )
    # The path only: a query may hold a phone number. A path with a token in it is a key.
    secret = route is not None and "token" in route.path_types
    log.info(
        "request",
        method=request.method,
        path=route.openapi_path if route and secret else request.path,
        status=response.status_code,
        duration_ms=round(seconds * 1000, 1),
    )
    return response


def _place() -> problem.Place:
    return problem.Place(path=request.path, request_id=g.request_id)


def _own_error(error: TematikaError) -> Response:
    if problem.status_of(error) >= 500:
        log.error("request-failed", code=error.code, detail=error.detail)
    return problem.from_error(error, _place())


def _http_error(error: HTTPException) -> Response:
    if (error.code or 500) >= 500:
        log.error("request-failed", code="internal", detail=error.description)
    return problem.from_http(error, _place())


def _unexpected_error(error: Exception) -> Response:
    log.error("request-failed", code="internal", exc_info=error)
    return problem.internal(_place())
