"""A parser: whatever a function does with a stranger's bytes, the program gets an answer and goes on."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path

import numpy as np
import pytest

from barograph.errors import FieldError, Invalid, Unavailable
from barograph.parsing.limits import ParserLimits
from barograph.parsing.parser import Parser, ParserNotStarted
from barograph.parsing.task import ParserTask
from barograph.readings.rejects.reject_codes import RejectCode
from tests.barograph.parsing import tasks
from tests.processes import is_alive

LIMITS = ParserLimits(cpu_s=1, wall_s=3, memory_bytes=128 * 2**20, answer_bytes=2**20)
MODULE = "tests.barograph.parsing.tasks"
TOO_MUCH = "could not be read within 1 s and 128 MB of memory"


@pytest.fixture(scope="module")
def parser() -> Generator[Parser]:
    with Parser(LIMITS, MODULE) as parser:
        yield parser


def works(parser: Parser) -> bool:
    return parser.ask(ParserTask(tasks.doubled, (b"ab",))) == b"abab"


def test_bodies_and_arrays_come_as_they_are(parser: Parser) -> None:
    body = os.urandom(2**18)
    assert parser.ask(ParserTask(tasks.doubled, (body,))) == body + body
    assert np.array_equal(parser.ask(ParserTask(tasks.column, (1000,))), np.arange(1000))


def test_one_process_does_task_after_task(parser: Parser) -> None:
    first = parser.ask(ParserTask(tasks.process_id))
    assert parser.ask(ParserTask(tasks.process_id)) == first != os.getpid()


@pytest.mark.parametrize(
    "function",
    [tasks.spin, tasks.sleep_for_ever, tasks.take_memory, tasks.take_memory_slowly, tasks.crash, tasks.hook],
)
def test_what_takes_too_much_is_refused_and_the_next_task_is_done(
    parser: Parser, function: Callable[[], object]
) -> None:
    with pytest.raises(Invalid, match=TOO_MUCH):
        parser.ask(ParserTask(function))
    assert works(parser)


def test_what_the_machine_had_no_time_to_read_may_be_sent_again(parser: Parser) -> None:
    with pytest.raises(Unavailable, match="too busy to read"):
        parser.ask(ParserTask(tasks.be_stopped))
    assert works(parser)


def test_an_answer_may_not_be_larger_than_the_program_can_hold(parser: Parser) -> None:
    with pytest.raises(Invalid, match="stands for more than 1 MB"):
        parser.ask(ParserTask(tasks.column, (2**18,)))
    assert works(parser)


def test_what_is_wrong_with_a_body_is_told_as_it_is(parser: Parser) -> None:
    with pytest.raises(Invalid) as refused:
        parser.ask(ParserTask(tasks.refuse))
    assert refused.value.detail == "no table"
    assert refused.value.errors == [FieldError("/body", "is none")]
    assert works(parser)


def test_a_function_that_fails_tells_nothing_of_itself(parser: Parser) -> None:
    with pytest.raises(Invalid, match=r"^what was sent could not be read$"):
        parser.ask(ParserTask(tasks.fail))
    assert works(parser)


def test_values_come_one_by_one(parser: Parser) -> None:
    values = list(parser.iterate(ParserTask(tasks.columns, (100,), is_stream=True)))
    assert [each.tolist() for each in values] == [[number] * 3 for number in range(100)]
    values = parser.iterate(ParserTask(tasks.refuse_late, is_stream=True))
    assert next(values) == 1
    with pytest.raises(Invalid, match="broken off"):
        next(values)


def test_values_that_nobody_takes_end_the_process(parser: Parser) -> None:
    for _ in parser.iterate(ParserTask(tasks.columns, (10**9,), is_stream=True)):
        break
    assert not parser.is_warm
    assert works(parser)


def test_a_process_that_died_while_it_was_idle_is_replaced(parser: Parser) -> None:
    pid = parser.ask(ParserTask(tasks.process_id))
    os.kill(pid, signal.SIGKILL)
    while is_alive(pid):
        time.sleep(0.01)
    assert works(parser)


def test_members_of_an_enum_come_as_they_are_and_no_other_attribute(parser: Parser) -> None:
    assert parser.ask(ParserTask(tasks.member)) == [RejectCode.TOO_OLD] * 2
    with pytest.raises(Invalid, match=TOO_MUCH):
        parser.ask(ParserTask(tasks.method_of_ours))
    assert works(parser)


def test_a_process_that_somebody_kills_at_work_is_replaced_once(parser: Parser, tmp_path: Path) -> None:
    assert parser.ask(ParserTask(tasks.killed_until, (tmp_path / "first", 1))) == 2
    with pytest.raises(Invalid, match=TOO_MUCH):
        parser.ask(ParserTask(tasks.killed_until, (tmp_path / "second", 2)))
    assert works(parser)


def test_a_parser_that_is_killed_for_good_starts_no_other() -> None:
    with Parser(LIMITS, MODULE) as parser:
        pid = parser.ask(ParserTask(tasks.process_id))
        killer = threading.Timer(0.2, parser.kill)
        killer.start()
        with pytest.raises(Invalid, match=TOO_MUCH):
            parser.ask(ParserTask(tasks.sleep_for_ever))
        killer.join()
        assert not is_alive(pid)
        with pytest.raises(ParserNotStarted):
            parser.ask(ParserTask(tasks.process_id))


def test_a_process_that_keeps_memory_is_replaced(parser: Parser) -> None:
    swollen = parser.ask(ParserTask(tasks.keep_memory))
    assert parser.ask(ParserTask(tasks.process_id)) != swollen


def test_a_parser_holds_nothing_of_the_program(parser: Parser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAROGRAPH_SIGNING_KEY", "secret")
    monkeypatch.setenv("PGPASSWORD", "secret")
    parser.close()
    with Path("/dev/zero").open("rb") as inherited:
        os.set_inheritable(inherited.fileno(), True)
        found = parser.ask(ParserTask(tasks.descriptors))
    assert not [each for each in found if each != "/dev/null" and not each.startswith(("socket:", "/proc/"))]
    assert "secret" not in parser.ask(ParserTask(tasks.environment)).values()
    assert parser.ask(ParserTask(tasks.core_limit)).split()[4] == "0"


PROGRAM = """
import sys
from barograph.parsing.limits import ParserLimits
from barograph.parsing.parser import Parser
from barograph.parsing.task import ParserTask
from tests.barograph.parsing import tasks
from tests.processes import is_alive

parser = Parser(ParserLimits(), "tests.barograph.parsing.tasks")
print(parser.ask(ParserTask(tasks.process_id)), flush=True)
if sys.argv[1] == "busy":
    parser.ask(ParserTask(tasks.spin))
sys.stdin.read()
"""


@pytest.mark.parametrize("state", ["idle", "busy"])
def test_a_parser_ends_with_its_program(state: str) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, state], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with program:
        assert program.stdout is not None
        parser_pid = int(program.stdout.readline())
        program.kill()
    end_s = time.monotonic() + 60
    while is_alive(parser_pid):
        assert time.monotonic() < end_s
        time.sleep(0.01)
