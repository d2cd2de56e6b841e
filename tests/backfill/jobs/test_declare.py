"""Jobs as workers run them."""

import logging
import threading
import time
from contextlib import closing

import pytest
from dramatiq import Worker

from backfill.jobs.broker import create_broker
from backfill.jobs.declare import JobQueue


def test_a_worker_that_stops_breaks_its_jobs_off_without_an_error(
    redis_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    begun, ended = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        try:
            while True:
                time.sleep(0.01)
        finally:
            ended.set()

    with closing(create_broker(redis_url)) as broker, caplog.at_level(logging.ERROR):
        queue = JobQueue(broker, "test_declare", max_age_s=60, time_limit_s=60, hears_shutdown=True)
        job = queue.declare("test_long_job", work)
        worker = Worker(broker, worker_threads=1, worker_timeout=50)
        worker.start()
        job.actor.send()
        assert begun.wait(60)
        worker.stop()
    assert ended.is_set()
    assert [record.getMessage() for record in caplog.records if record.name.startswith("dramatiq")] == []
