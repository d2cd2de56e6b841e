"""The passwords of programs' roles that the settings name."""

from barograph.database.schema.program_roles import ProgramRole
from barograph.settings import Settings


def role_passwords(settings: Settings) -> dict[ProgramRole, str]:
    """The passwords by role; the others follow from the owner's."""
    given = {
        ProgramRole.INGEST: settings.ingest_database_password,
        ProgramRole.API: settings.api_database_password,
        ProgramRole.WORKER: settings.worker_database_password,
    }
    return {role: password.get_secret_value() for role, password in given.items() if password is not None}
