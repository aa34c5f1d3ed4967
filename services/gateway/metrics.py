"""Prometheus metrics: what the gateway answered, and how long the queues are."""

from collections.abc import Iterator

import structlog
from flask import Response, current_app
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from services.gateway.jobs.totals import queue_estimates, queue_totals
from shared.db.session import Database
from shared.domain.pipeline import STAGES
from shared.errors import DatabaseUnavailable
from shared.http.routes import Call, Public, Routes

log = structlog.get_logger(__name__)

EXTENSION = "tematika-metrics"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# Seconds; a recording's upload or a long range is the slowest thing the gateway does.
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """The metrics of one gateway process; one process, since threads share a registry."""

    def __init__(self, database: Database) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "tematika_http_requests",
            "Requests answered, by route template.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self._durations = Histogram(
            "tematika_http_request_duration_seconds",
            "Time until the answer began, by route template.",
            ["method", "route"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.registry.register(QueueCollector(database))

    def observe(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request; `route` is a template, never a path that a client chose."""
        method = method if method in _METHODS else "other"
        self._requests.labels(method, route, str(status)).inc()
        self._durations.labels(method, route).observe(seconds)


class QueueCollector(Collector):
    """Reads the job table when Prometheus asks, so that the numbers are those of all gateways."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def describe(self) -> Iterator[Metric]:
        """Nothing: registering must not ask the database."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Waiting, running and failed jobs, the oldest waiting one's age and the time left, by kind."""
        readable = GaugeMetricFamily(
            "tematika_job_table_readable", "1 if the job table could be read for this answer."
        )
        try:
            with self._database.read() as connection:
                totals = queue_totals(connection)
                estimates = queue_estimates(connection)
        except DatabaseUnavailable as error:
            log.warning("metrics-without-queues", detail=error.detail)
            readable.add_metric([], 0)
            yield readable
            return
        readable.add_metric([], 1)
        yield readable
        jobs = GaugeMetricFamily(
            "tematika_jobs", "Jobs by kind and state.", labels=["kind", "state"]
        )
        ages = GaugeMetricFamily(
            "tematika_queue_oldest_age_seconds",
            "How long the oldest waiting job has been due; 0 if none waits.",
            labels=["kind"],
        )
        left = GaugeMetricFamily(
            "tematika_queue_estimated_seconds",
            "Time until the waiting and running jobs are done at the pace of the last ones; absent "
            "if none was done lately.",
            labels=["kind"],
        )
        for kind in STAGES:
            total = totals[kind]
            jobs.add_metric([kind, "pending"], total.waiting)
            jobs.add_metric([kind, "running"], total.running)
            jobs.add_metric([kind, "failed"], total.failed)
            ages.add_metric([kind], total.oldest_age_ms / 1000)
            estimate_ms = estimates[kind]
            if estimate_ms is not None:
                left.add_metric([kind], estimate_ms / 1000)
        yield jobs
        yield ages
        yield left


routes = Routes("metrics", prefix="")


@routes.get(
    "/metrics",
    permission=Public("scraped without credentials; counts only, over all accounts"),
    produces=("text/plain",),
)
def metrics(_call: Call) -> Response:
    """Metrics in the Prometheus text format."""
    found: Metrics = current_app.extensions[EXTENSION]
    return Response(generate_latest(found.registry), content_type=CONTENT_TYPE_LATEST)
