"""Log lines of every process: structlog, for people or as JSON, without secrets."""

import logging
import sys
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

from shared.settings import Settings

_SECRET_NAMES = frozenset(
    {"authorization", "cookie", "password", "secret", "secret_key", "token", "csrf_token"}
)


def configure_logging(settings: Settings) -> None:
    """Send all log lines, of libraries too, to standard error in the format of the settings."""
    level = getattr(logging, settings.log_level.upper())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _hide_secrets,
    ]
    if settings.log_format == "json":
        final: list[Processor] = [
            structlog.processors.dict_tracebacks,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    else:
        final = [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *final],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    # These write every step, or request lines with their queries, in which tokens of links stand.
    for name in ("alembic", "httpx", "pymorphy3", "urllib3", "werkzeug"):
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


def _hide_secrets(_logger: Any, _method: str, event: EventDict) -> EventDict:
    for name in event.keys() & _SECRET_NAMES:
        event[name] = "…"
    return event
