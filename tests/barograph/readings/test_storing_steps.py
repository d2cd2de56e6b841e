"""How storing goes on after a failure: the whole table."""

from itertools import product

import psycopg
import pytest

from barograph.readings.storing.storing_steps import (
    MAX_ALONE_ATTEMPTS,
    StoringFault,
    StoringStep,
    fault_of,
    next_step,
)

FAULTS_OF_WORK = set(StoringFault) - {StoringFault.PASSING}


@pytest.mark.parametrize("is_refusing", [False, True])
@pytest.mark.parametrize("fault", sorted(FAULTS_OF_WORK, key=str))
def test_work_that_can_be_split_is_halved_for_whatever_is_wrong_with_it(
    fault: StoringFault, is_refusing: bool
) -> None:
    assert next_step(fault, is_alone=False, is_refusing=is_refusing, failures=0) is StoringStep.SPLIT


def test_what_passes_is_tried_again_as_it_is() -> None:
    for is_alone, is_refusing, failures in product([False, True], [False, True], [0, 100]):
        step = next_step(StoringFault.PASSING, is_alone=is_alone, is_refusing=is_refusing, failures=failures)
        assert step is StoringStep.AGAIN


@pytest.mark.parametrize(
    ("fault", "failures", "step"),
    [
        (StoringFault.REFUSED, 0, StoringStep.REFUSE),
        (StoringFault.CROWDED, 0, StoringStep.AGAIN),
        (StoringFault.CROWDED, MAX_ALONE_ATTEMPTS - 1, StoringStep.AGAIN),
        (StoringFault.CROWDED, MAX_ALONE_ATTEMPTS, StoringStep.REFUSE),
        (StoringFault.SLOW, 100, StoringStep.AGAIN),
    ],
)
def test_a_piece_alone_goes_to_the_dead_letters_only_if_nothing_else_helps(
    fault: StoringFault, failures: int, step: StoringStep
) -> None:
    assert next_step(fault, is_alone=True, is_refusing=False, failures=failures) is step


def test_what_the_dead_letters_refuse_as_well_is_never_dropped() -> None:
    for fault, failures in product(StoringFault, [0, 100]):
        assert next_step(fault, is_alone=True, is_refusing=True, failures=failures) is StoringStep.AGAIN


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (psycopg.errors.CheckViolation(), StoringFault.REFUSED),
        (psycopg.errors.RaiseException(), StoringFault.REFUSED),
        (psycopg.errors.ProgramLimitExceeded(), StoringFault.REFUSED),
        (psycopg.errors.OutOfMemory(), StoringFault.CROWDED),
        (psycopg.errors.DeadlockDetected(), StoringFault.PASSING),
        (psycopg.errors.DiskFull(), StoringFault.PASSING),
        (psycopg.OperationalError("the connection is lost"), StoringFault.PASSING),
        (OSError("no route"), StoringFault.PASSING),
    ],
)
def test_errors_are_told_apart_by_what_helps(error: Exception, fault: StoringFault) -> None:
    assert fault_of(error) is fault
