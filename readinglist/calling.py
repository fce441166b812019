"""Calling the worker from a page, which does not wait for a queue that is away."""

import logging
from typing import Any

from celery import Task
from kombu.exceptions import OperationalError

from readinglist.celery import app

logger = logging.getLogger(__name__)

ASK_ONCE = {"max_retries": 0, "socket_connect_timeout": 2, "socket_timeout": 2}


def call_worker(task: Task, *args: Any) -> bool:
    """Whether the queue took the call. Only for what the worker's next round finds in the database anyway."""
    try:
        with app.connection_for_write(transport_options=ASK_ONCE) as connection:
            task.apply_async(args, connection=connection, retry=False)  # type: ignore[call-arg] # stubs lag
    except OperationalError:
        logger.warning("The queue does not answer: %s waits for the next round", task.name, exc_info=True)
        return False
    return True
