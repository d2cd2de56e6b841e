"""A program's server in a process of its own: at rest, asked, and told to leave."""

import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
import pytest

from tests.programs import free_port

PROGRAM = """
import sys
from fastapi import FastAPI
from barograph.program.http.server import Server, configure, listen
from barograph.settings import Settings

Server(configure(FastAPI(), Settings(), shutdown_s=5)).run([listen("127.0.0.1", int(sys.argv[1]))])
"""
AT_REST_S = 3.0


@contextmanager
def running() -> Generator[tuple[subprocess.Popen[bytes], str]]:
    port = free_port()
    command = [sys.executable, "-c", PROGRAM, str(port)]
    with subprocess.Popen(command) as program:
        try:
            url = f"http://127.0.0.1:{port}"
            end_s = time.monotonic() + 60
            while not answers(url):
                assert time.monotonic() < end_s
                time.sleep(0.1)
            yield program, url
        finally:
            program.kill()


def answers(url: str) -> bool:
    try:
        return httpx.get(url).is_client_error
    except httpx.HTTPError:
        return False


def sleeps(pid: int) -> int:
    """How often the main thread has gone to sleep."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("\nvoluntary_ctxt_switches:")[2].split()[0])


@pytest.mark.nightly
def test_a_server_at_rest_sleeps() -> None:
    with running() as (program, _):
        time.sleep(1)
        before = sleeps(program.pid)
        time.sleep(AT_REST_S)
        assert sleeps(program.pid) - before <= 1


def test_answers_bear_the_time_at_which_they_were_made() -> None:
    with running() as (_, url):
        for _ in range(2):
            (date,) = httpx.get(url).headers.get_list("date")
            assert abs((parsedate_to_datetime(date) - datetime.now(UTC)).total_seconds()) < 1.5
            time.sleep(2)


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_a_server_at_rest_leaves_at_once_when_told_to(by: signal.Signals) -> None:
    with running() as (program, _):
        time.sleep(1)
        program.send_signal(by)
        assert program.wait(5) == 0
