"""Turns errors of the database into refusals of commands, in the database's own words."""

from collections.abc import Generator
from contextlib import contextmanager

import psycopg

from barograph.cli.verb import CommandRefused, NobodyAnswers
from barograph.database.failures import FailureKind, kind_of

NOT_THERE = {FailureKind.AWAY, FailureKind.LOST}


@contextmanager
def database_in_plain_words() -> Generator[None]:
    """Turns the driver's errors into refusals, in the database's words."""
    try:
        yield
    except psycopg.Error as error:
        refused = NobodyAnswers if kind_of(error) in NOT_THERE else CommandRefused
        raise refused(str(error)) from error
