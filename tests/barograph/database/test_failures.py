"""Each error of the database has one meaning, whoever meets it."""

import psycopg
import pytest
from psycopg import errors
from psycopg_pool import PoolClosed, PoolTimeout

from barograph.database.durable import Unconfirmed
from barograph.database.failures import FailureKind, kind_of


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (errors.SerializationFailure(), FailureKind.OVERTAKEN),
        (errors.DeadlockDetected(), FailureKind.OVERTAKEN),
        (Unconfirmed(), FailureKind.UNCONFIRMED),
        (errors.StatementCompletionUnknown(), FailureKind.UNCONFIRMED),
        (errors.TransactionResolutionUnknown(), FailureKind.UNCONFIRMED),
        (errors.LockNotAvailable(), FailureKind.HELD),
        (errors.ObjectInUse(), FailureKind.HELD),
        (errors.QueryCanceled(), FailureKind.LATE),
        (errors.TransactionTimeout(), FailureKind.LATE),
        (errors.IdleInTransactionSessionTimeout(), FailureKind.LATE),
        (errors.OutOfMemory(), FailureKind.CROWDED),
        (errors.UniqueViolation(), FailureKind.REPEATED),
        (errors.ExclusionViolation(), FailureKind.REPEATED),
        (errors.CheckViolation(), FailureKind.REFUSED),
        (errors.ForeignKeyViolation(), FailureKind.REFUSED),
        (errors.NotNullViolation(), FailureKind.REFUSED),
        (errors.NumericValueOutOfRange(), FailureKind.REFUSED),
        (errors.UntranslatableCharacter(), FailureKind.REFUSED),
        (errors.RaiseException(), FailureKind.REFUSED),
        (errors.ProgramLimitExceeded(), FailureKind.REFUSED),
        (psycopg.DataError("text fields cannot contain NUL"), FailureKind.REFUSED),
        (errors.AdminShutdown(), FailureKind.AWAY),
        (errors.CrashShutdown(), FailureKind.AWAY),
        (errors.CannotConnectNow(), FailureKind.AWAY),
        (errors.DiskFull(), FailureKind.AWAY),
        (errors.TooManyConnections(), FailureKind.AWAY),
        (errors.ReadOnlySqlTransaction(), FailureKind.AWAY),
        (errors.InvalidPassword(), FailureKind.AWAY),
        (errors.ConnectionFailure(), FailureKind.AWAY),
        (errors.IoError(), FailureKind.AWAY),
        (errors.ConnectionTimeout(), FailureKind.AWAY),
        (PoolTimeout(), FailureKind.AWAY),
        (PoolClosed(), FailureKind.AWAY),
        (ConnectionRefusedError(), FailureKind.AWAY),
        (psycopg.OperationalError("server closed the connection unexpectedly"), FailureKind.LOST),
        (errors.UndefinedTable(), FailureKind.FAULTY),
        (errors.FeatureNotSupported(), FailureKind.FAULTY),
        (errors.InFailedSqlTransaction(), FailureKind.FAULTY),
        (errors.DataCorrupted(), FailureKind.FAULTY),
        (psycopg.InterfaceError(), FailureKind.FAULTY),
        (ValueError(), FailureKind.FAULTY),
        (None, FailureKind.FAULTY),
    ],
)
def test_each_error_is_of_one_kind(error: BaseException | None, kind: FailureKind) -> None:
    assert kind_of(error) is kind


@pytest.mark.parametrize(
    ("code", "kind"),
    [("40ZZZ", FailureKind.OVERTAKEN), ("23ZZZ", FailureKind.REFUSED), ("ZZ001", FailureKind.FAULTY)],
)
def test_a_code_without_a_class_of_its_own_is_of_its_groups_kind(
    server_url: str, code: str, kind: FailureKind
) -> None:
    with psycopg.connect(server_url) as connection, pytest.raises(psycopg.Error) as raised:
        connection.execute(f"do $$ begin raise 'so' using errcode = '{code}'; end $$")  # pyright: ignore[reportArgumentType, reportCallIssue]
    assert kind_of(raised.value) is kind


def test_a_port_where_nobody_listens_gives_no_answer() -> None:
    with pytest.raises(psycopg.OperationalError) as raised:
        psycopg.connect("postgresql://127.0.0.1:1/none", connect_timeout=2)
    assert kind_of(raised.value) is FailureKind.LOST
