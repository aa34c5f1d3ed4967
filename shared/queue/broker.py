"""The Celery app: a message is only a hint that a job waits; the job table is the truth."""

from celery import Celery
from kombu.exceptions import OperationalError

from shared.domain.pipeline import Priority, queue_name
from shared.errors import BrokerUnavailable
from shared.settings import Settings

TASK = "tematika.run_job"


def make_celery(settings: Settings) -> Celery:
    """Celery bound to the broker of the settings, or to a broker inside this process (embedded mode)."""
    url = "memory://localhost/" if settings.embedded else settings.broker_url.get_secret_value()
    app = Celery("tematika", broker=url, set_as_current=False)
    app.conf.update(
        # Results live in the job table; Celery cannot tell "unknown" from "pending".
        task_ignore_result=True,
        task_store_errors_even_if_ignored=False,
        # Acknowledged when started: redelivery is the lease's business, and acks_late would run a
        # second copy of every job longer than Redis' visibility timeout.
        task_acks_late=False,
        # A worker that holds messages back keeps them from idle ones.
        worker_prefetch_multiplier=1,
        # Nor may it hold one back while it works: killed, it would take the message along for a minute.
        worker_disable_prefetch=not settings.embedded,
        accept_content=["json"],
        task_serializer="json",
        task_create_missing_queues=True,
        # Fail fast when the broker is down, or every gateway thread ends up waiting for it.
        broker_connection_timeout=3,
        task_publish_retry=False,
        broker_connection_retry_on_startup=True,
        broker_transport_options={
            # Take from the queues in the order they are named: the most urgent first.
            "queue_order_strategy": "priority",
            # Only messages nobody has started are unacknowledged, and those are hints: short is safe.
            "visibility_timeout": 120,
            "socket_timeout": 5,
            "socket_connect_timeout": 3,
        },
        worker_send_task_events=False,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        timezone="UTC",
    )
    return app


class Publisher:
    """Sends job ids to their queues."""

    def __init__(self, app: Celery) -> None:
        self._app = app

    def __call__(self, job_id: int, kind: str, priority: Priority) -> None:
        """Send one message; BrokerUnavailable when the broker does not take it."""
        try:
            self._app.send_task(TASK, args=[job_id], queue=queue_name(kind, priority))
        except OperationalError as error:
            raise BrokerUnavailable(f"the broker does not take messages: {error}") from error


def check_broker(settings: Settings) -> None:
    """Raise BrokerUnavailable unless the broker answers; in embedded mode there is none to ask."""
    if settings.embedded:
        return
    try:
        with make_celery(settings).connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, timeout=3)
    except OperationalError as error:
        raise BrokerUnavailable(f"the broker does not answer: {error}") from error
