"""The API documentation page: Swagger UI with its assets from an installed package."""

from collections.abc import Callable
from functools import cache
from importlib.resources import files

from flask import Response

from shared.errors import NotFound
from shared.http.routes import Call, Public, Routes

_WHY = Public("the API's description holds no customer's data")
_ASSETS = files("flask_openapi3_swagger") / "templates" / "swagger"
_FILES = {
    "swagger-ui.css": ("css/swagger-ui.css", "text/css"),
    "swagger-ui-bundle.js": ("js/swagger-ui-bundle.js", "text/javascript"),
}
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tematika API</title>
<link rel="stylesheet" href="/api/docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/api/docs/swagger-ui-bundle.js"></script>
<script src="/api/docs/start.js"></script>
</body>
</html>
"""
_START = """SwaggerUIBundle({
  url: "/api/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis],
});
"""
# The page loads nothing from elsewhere, and the policy keeps it so.
_POLICY = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'"


def docs_routes(description: Callable[[], str]) -> Routes:
    """Routes of the documentation of the API that `description` describes as OpenAPI JSON."""
    routes = Routes("docs", prefix="/api")
    text = cache(description)

    @routes.get("/openapi.json", permission=_WHY)
    def openapi(_call: Call) -> Response:
        """The OpenAPI 3.1 description of this API."""
        return Response(text(), content_type="application/json")

    @routes.get("/docs", permission=_WHY)
    def page(_call: Call) -> Response:
        """The documentation page."""
        return Response(
            _PAGE,
            content_type="text/html; charset=utf-8",
            headers={"Content-Security-Policy": _POLICY},
        )

    @routes.get("/docs/{name}", permission=_WHY)
    def asset(_call: Call, name: str) -> Response:
        """A file of the documentation page."""
        if name == "start.js":
            return Response(_START, content_type="text/javascript; charset=utf-8")
        if name not in _FILES:
            raise NotFound("the documentation page has no such file")
        path, media_type = _FILES[name]
        return Response(
            (_ASSETS / path).read_bytes(),
            content_type=f"{media_type}; charset=utf-8",
            headers={"Cache-Control": "public, max-age=3600"},
        )

    return routes
