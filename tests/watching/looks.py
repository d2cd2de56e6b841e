"""What whoever is told of an alert looks at first, as the runbook says: does it show what is wrong?"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import httpx
import psycopg

from tests.programs import ROOT, Program
from tests.watching.installation import Installation
from tests.watching.own_prometheus import OwnPrometheus

See = Callable[["WatchedInstallation"], str]


@dataclass(frozen=True)
class WatchedInstallation:
    """An installation that somebody looks after."""

    here: Installation
    prometheus: OwnPrometheus


@dataclass(frozen=True)
class FirstLook:
    """At something, while an alert is told.

    Attributes:
        words: what the runbook calls it.
        see: what is seen there.
        shows: what tells the fault, a regular expression.
    """

    words: str
    see: See
    shows: str


def at_ready(program: str, shows: str) -> FirstLook:
    """What a program says that is not ready."""
    return FirstLook("/ready", lambda it: httpx.get(f"{_program(it, program).url}/ready").text, shows)


def at_log(program: str, words: str, *more: str) -> FirstLook:
    """Lines of a program's log that hold all these words, of the runbook's those it quotes."""
    wanted = [*re.findall("`(.+)`", words), *more]

    def see(it: WatchedInstallation) -> str:
        lines = _program(it, program).log.read_text().splitlines()
        return "\n".join(line for line in lines if all(word in line for word in wanted))

    return FirstLook(words, see, re.escape(wanted[0]))


def at_metric(expression: str, shows: str, words: str = "") -> FirstLook:
    """What Prometheus answers."""
    return FirstLook(words or expression, lambda it: json.dumps(it.prometheus.ask(expression)), shows)


def at_statement(statement: str, shows: str) -> FirstLook:
    """Rows of the database."""

    def see(it: WatchedInstallation) -> str:
        with psycopg.connect(it.here.postgres.url) as connection:
            return str(connection.execute(statement.encode()).fetchall())

    return FirstLook(statement, see, shows)


def at_answer(words: str, path: str, shows: str) -> FirstLook:
    """What the API answers to somebody who may see the project."""

    def see(it: WatchedInstallation) -> str:
        with it.here.logged_in() as client:
            return client.get(path.format(project=it.here.project.public_id)).text

    return FirstLook(words, see, shows)


def at_command(
    *words: str, shows: str, machine: Callable[[Installation], Mapping[str, str]] = lambda _: {}
) -> FirstLook:
    """What a command of ours says, on a machine whose disk or clock may be what is wrong."""

    def see(it: WatchedInstallation) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "barograph", *words],
            cwd=ROOT,
            env={**os.environ, **it.here.environment, **machine(it.here)},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout + done.stderr

    return FirstLook(f"barograph {' '.join(words)}", see, shows)


def _program(it: WatchedInstallation, name: str) -> Program:
    return {"api": it.here.api, "ingest": it.here.ingest, "worker": it.here.worker}[name]
