"""What clients are told of the database's errors. They never see the driver's own words.

Why: decision 31.
"""

import psycopg

from barograph.database.failures import FailureKind, kind_of
from barograph.errors import BarographError, Conflict, Invalid, Unavailable

# Said to the client when a constraint, or a guard that speaks as one, decides what two requests at once
# would otherwise both do.
CONFLICTS = {
    "account_email_key": "an account with this email exists",
    "experiment_name_key": "the project has an experiment with this name",
    "run_experiment_id_fkey": "the experiment has runs; archive it, or delete them first",
    "experiment_has_running_runs": "the experiment has running runs",
    "experiment_is_archived": "the experiment is archived",
    "run_has_active_capture_session": "the run has a capture session that is running or backfilling",
    "run_has_ended": "the run has ended; its capture sessions are those it had",
    "capture_session_is_active": "the capture session is running or backfilling",
    "capture_session_is_backfilling": "an open backfill touches the capture session, and gives it back",
    "capture_session_is_kept": "a capture session that has succeeded is archived, not deleted",
    "sensor_is_decommissioned": "a decommissioned sensor takes no part in capture sessions",
    "sensor_is_in_active_capture_session": "a capture session with the sensor is running or backfilling",
    "sensor_key_key": "the project has a sensor with this key",
    "conversion_profile_number_key": "another version was saved at the same moment; try again",
    "profile_validity_overlap": "another version was activated at the same moment; try again",
    "producer_name_key": "the project has a producer with this name",
    "member_pkey": "they are a member of the project already",
    "measure_name_key": "the project has a measure with this name",
    "saved_comparison_name_key": "the project has a comparison with this name",
    "saved_view_name_key": "you have a view with this name in the project",
    "project_keeps_an_owner": "a project keeps at least one owner who can log in",
    "factor_credential_id_key": "this authenticator is a factor of an account already",
    "account_admin_is_active": "the admin can't be deactivated",
}


def translate(error: psycopg.Error) -> BarographError:
    """Our error for one of the driver's, whose own words are never shown to a client.

    Conflict where a constraint refused the row, Invalid for a value the database can't hold, Unavailable
    where there is no connection or the server gave up for want of time or room.
    """
    match error:
        case psycopg.IntegrityError() if error.diag.constraint_name in CONFLICTS:
            return Conflict(CONFLICTS[error.diag.constraint_name])
        case psycopg.errors.ForeignKeyViolation():
            return Conflict("something else depends on it, or what it names is gone")
        case psycopg.DataError() | psycopg.errors.CheckViolation() | psycopg.errors.ProgramLimitExceeded():
            return Invalid("a value is out of the range that can be stored")
        case _:
            return _of_kind(kind_of(error))


def _of_kind(kind: FailureKind) -> BarographError:
    match kind:
        case FailureKind.REPEATED:
            return Conflict("it exists already")
        case FailureKind.LATE:
            return Unavailable("the database took too long over this; ask for less at once, or try again")
        case FailureKind.REFUSED | FailureKind.FAULTY:
            return BarographError("the database refused a statement")
        case _:
            return Unavailable("the database does not answer; try again")
