"""Starts the gateway: one gunicorn process with threads, ended gracefully by SIGTERM."""

import logging
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]  # it has no types
from gunicorn.glogging import Logger  # type: ignore[import-untyped]  # likewise

from services.gateway.app import create_app
from shared.db.session import Database
from shared.logs import configure_logging
from shared.queue.runner import Parts
from shared.settings import Settings, load_settings
from shared.storage.opening import open_store

# Time for a running download to end after SIGTERM before it is cut.
GRACE_S = 30


class _Log(Logger):  # type: ignore[misc]  # gunicorn has no types
    """Gunicorn's own lines go where ours go, in the same format."""

    def setup(self, cfg: Any) -> None:
        """Leave the lines to the root logger, which `configure_logging` has set up."""
        super().setup(cfg)
        for logger in (self.error_log, self.access_log):
            logger.handlers = []
            logger.propagate = True
            logger.setLevel(logging.NOTSET)


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """Gunicorn with options from our settings only; its own files and variables are not read."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        """Set gunicorn's options."""
        settings = self._settings
        options: dict[str, Any] = {
            "bind": f"{settings.host}:{settings.port}",
            # One process: metrics and health live in its memory, and more gateways are more hosts.
            "workers": 1,
            "worker_class": "gthread",
            "threads": settings.gateway_threads,
            "graceful_timeout": GRACE_S,
            # Of the process's heartbeat, not of a request: long uploads go on.
            "timeout": 60,
            "keepalive": 5,
            # The application writes the access log, without queries.
            "accesslog": None,
            "logger_class": _Log,
            "proc_name": "tematika-gateway",
            # Signals are enough; its socket would lie in the home folder, which a container lacks.
            "control_socket_disable": True,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Make the application inside the worker process, after the fork."""
        configure_logging(self._settings)
        return create_app(open_parts(self._settings))


def open_parts(settings: Settings) -> Parts:
    """The gateway's database and store, with at most one database connection per thread."""
    return Parts(
        settings=settings,
        # Two more: the health check and the metrics' collector ask beside the requests.
        database=Database(settings.database_address, pool_size=settings.gateway_threads + 2),
        store=open_store(settings),
    )


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; returns when every request has been answered."""
    configure_logging(settings)
    _Server(settings).run()


if __name__ == "__main__":
    serve(load_settings())
