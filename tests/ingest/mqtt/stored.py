"""What a test finds of messages in the database."""

from tests.ingest.database import ask
from tests.ingest.line_posting import readings
from tests.seed import Project
from tests.waiting import wait_until


def wait_for_readings(database_url: str, project: Project, count: int) -> list[tuple[str, float]]:
    """Key and value of all readings, once there are so many."""
    wait_until(lambda: len(readings(database_url, project)) >= count)
    return readings(database_url, project)


def dead_letters(database_url: str, project: Project) -> list[tuple[str, str]]:
    """Sensor and text of all that was rejected."""
    rows = ask(
        database_url,
        "select sensor, text from dead_letter where project_id = %s order by id, index",
        project.id,
    )
    return [(sensor, sent) for sensor, sent in rows]
