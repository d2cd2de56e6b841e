"""A project with one of everything, under the names that paths give their ids."""

from dataclasses import dataclass
from uuid import uuid4

from tests.api.server import PREFIX, Person, Server
from tests.api.stored import alarm, produce


@dataclass(frozen=True)
class World:
    """Public ids, all of one project."""

    project_id: str
    user_id: str
    session_id: str
    factor_id: str
    service_account_id: str
    invitation_id: str
    sensor_id: str
    profile_id: str
    token_id: str
    experiment_id: str
    run_id: str
    capture_session_id: str
    import_id: str
    export_id: str
    artifact_id: str
    backfill_id: str
    producer_id: str
    annotation_id: str
    view_id: str
    comparison_id: str
    measure_id: str
    limit_id: str
    alarm_id: str
    webhook_id: str
    delivery_id: str


FILE = b"sensor,time,value\nfurnished,2015-01-01T00:00:00Z,1.5\n"


def furnish(server: Server, person: Person, project_id: str) -> World:
    """Makes one of everything in a project, as its owner, who is its user."""

    def make(path: str, body: object = None) -> str:
        return person.made(path, body)["id"]

    project = f"/projects/{project_id}"
    sensor = make(f"{project}/sensors", {"key": "furnished"})
    experiment = make(f"{project}/experiments", {"name": "furnished"})
    run = make(f"/experiments/{experiment}/runs", {"name": "furnished"})
    beside = make(f"/experiments/{experiment}/runs", {"name": "furnished beside"})
    person.send("PUT", f"/runs/{run}/sensors/{sensor}")
    limit = make(f"/sensors/{sensor}/limits", {"level": "warning", "max": 1})
    webhook = make(f"{project}/webhooks", {"url": "https://furnished.example.org/hook"})
    script = {"project_id": project_id, "name": "furnished", "role": "viewer"}
    return World(
        project_id,
        user_id=person.read("/auth/me")["id"],
        # One that is nobody's: a factor would have everybody take a second step.
        factor_id=str(uuid4()),
        session_id=person.read("/auth/sessions")["items"][0]["id"],
        service_account_id=make("/service-accounts", script),
        invitation_id=make(f"{project}/invitations", {"role": "viewer"}),
        sensor_id=sensor,
        profile_id=make(f"/sensors/{sensor}/conversion-profiles", {"kind": "identity"}),
        token_id=make(f"{project}/ingest-tokens", {"name": "rig"}),
        experiment_id=experiment,
        run_id=run,
        capture_session_id=make(f"/runs/{run}/capture-sessions"),
        import_id=_uploaded(person, make(f"{project}/imports", {"file_name": "f", "size_bytes": len(FILE)})),
        export_id=make(f"{project}/exports", {"sensor": [sensor]}),
        artifact_id=make(f"/runs/{run}/artifacts", {"name": "f", "size_bytes": 1, "sha256": "0" * 64}),
        backfill_id=make(f"{project}/backfills", {"reason": "furnished", "dry_run": True}),
        producer_id=produce(server, project_id, "furnished"),
        annotation_id=make(f"{project}/annotations", {"from": "2015-01-01T00:00:00Z", "text": "furnished"}),
        view_id=make(f"{project}/views", {"name": "furnished", "shared": True, "spec": {}}),
        comparison_id=make(
            f"{project}/comparisons",
            {"name": "furnished", "question": {"runs": [run, beside], "sensors": ["furnished"]}},
        ),
        measure_id=make(f"{project}/measures", {"name": "furnished", "sensor": "furnished", "stat": "max"}),
        limit_id=limit,
        alarm_id=alarm(server.database_url, limit),
        webhook_id=webhook,
        delivery_id=make(f"/webhooks/{webhook}:test"),
    )


def _uploaded(person: Person, import_id: str) -> str:
    answer = person.client.put(f"{PREFIX}/imports/{import_id}/content", params={"offset": 0}, content=FILE)
    assert answer.status_code == 200, answer.text
    return import_id
