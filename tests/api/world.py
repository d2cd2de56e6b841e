"""A project with one of everything, under the names that paths give their ids."""

from dataclasses import dataclass

from tests.api.server import Person


@dataclass(frozen=True)
class World:
    """Public ids, all of one project."""

    project_id: str
    sensor_id: str
    profile_id: str
    token_id: str
    experiment_id: str
    run_id: str
    capture_session_id: str
    import_id: str
    backfill_id: str


def furnish(person: Person, project_id: str) -> World:
    """Makes one of everything in a project, as somebody who may."""
    sensor = person.made(f"/projects/{project_id}/sensors", {"key": "furnished"})["id"]
    profile = person.made(f"/sensors/{sensor}/conversion-profiles", {"kind": "identity"})
    token = person.made(f"/projects/{project_id}/ingest-tokens", {"name": "rig"})
    experiment = person.made(f"/projects/{project_id}/experiments", {"name": "furnished"})
    run = person.made(f"/experiments/{experiment['id']}/runs", {"name": "furnished"})
    person.send("PUT", f"/runs/{run['id']}/sensors/{sensor}")
    session = person.made(f"/runs/{run['id']}/capture-sessions")
    backfill = person.made(f"/projects/{project_id}/backfills", {"reason": "furnished", "dry_run": True})
    imported = person.made(f"/projects/{project_id}/imports", {"file_name": "f", "size_bytes": 1})
    made = (profile, token, experiment, run, session, imported, backfill)
    return World(project_id, sensor, *(each["id"] for each in made))
