"""All commands, in the order in which help shows them."""

from functools import cache

from barograph.cli.completion import completion
from barograph.cli.machine.archive_commands import ARCHIVE
from barograph.cli.machine.backup_commands import BACKUP, RESTORE
from barograph.cli.machine.commands import (
    AUDIT_VERIFY,
    DOCTOR,
    DOWN,
    LOGIN_LINK,
    MIGRATE,
    RESET_FACTORS,
    RESET_LINK,
    ROTATE_SIGNING_KEY,
    SANDBOX,
    SQL_ROLE,
    STATUS,
    UP,
)
from barograph.cli.machine.watch import WATCH
from barograph.cli.parser import CommandParser, build_parser
from barograph.cli.resources.files.artifacts import ARTIFACT
from barograph.cli.resources.files.exports import EXPORT
from barograph.cli.resources.files.imports import IMPORT
from barograph.cli.resources.notes import ANNOTATION, EVENT, SEARCH, VIEW
from barograph.cli.resources.projects.audit import AUDIT_LIST
from barograph.cli.resources.projects.members import INVITATION, MEMBER, USER
from barograph.cli.resources.projects.projects import PROJECT
from barograph.cli.resources.projects.tokens import SERVICE_ACCOUNT, TOKEN
from barograph.cli.resources.runs.analysis import COMPARISON, METRIC
from barograph.cli.resources.runs.capture_sessions import CAPTURE_SESSION
from barograph.cli.resources.runs.experiments import EXPERIMENT, RUN
from barograph.cli.resources.runs.measures import MEASURE
from barograph.cli.resources.sensors.alarms import ALARM, LIMIT
from barograph.cli.resources.sensors.backfills import BACKFILL
from barograph.cli.resources.sensors.producers import PRODUCER
from barograph.cli.resources.sensors.readings import READINGS, SERIES
from barograph.cli.resources.sensors.rejects import REJECT
from barograph.cli.resources.sensors.sensors import CALIBRATION, SENSOR
from barograph.cli.resources.webhooks import WEBHOOK
from barograph.cli.verb import Noun, Verb


@cache
def parser() -> CommandParser:
    """The parser of all commands. To make it takes a tenth of a second."""
    return build_parser(COMMANDS)


COMMANDS: tuple[Noun | Verb, ...] = (
    UP,
    DOWN,
    STATUS,
    DOCTOR,
    SANDBOX,
    WATCH,
    READINGS,
    SERIES,
    PROJECT,
    MEMBER,
    INVITATION,
    SENSOR,
    CALIBRATION,
    LIMIT,
    ALARM,
    WEBHOOK,
    PRODUCER,
    TOKEN,
    SERVICE_ACCOUNT,
    EXPERIMENT,
    RUN,
    CAPTURE_SESSION,
    METRIC,
    ARTIFACT,
    MEASURE,
    COMPARISON,
    BACKFILL,
    IMPORT,
    EXPORT,
    REJECT,
    ANNOTATION,
    VIEW,
    EVENT,
    SEARCH,
    Noun("audit", "the audit trail: who did what to what", (AUDIT_LIST, AUDIT_VERIFY)),
    USER,
    SQL_ROLE,
    BACKUP,
    RESTORE,
    ARCHIVE,
    MIGRATE,
    ROTATE_SIGNING_KEY,
    LOGIN_LINK,
    RESET_LINK,
    RESET_FACTORS,
    completion(lambda: COMMANDS),
)
