"""Projects take turns at the workers, whatever priority an editor gives a backfill."""

import psycopg

from tests.backfill.recalibration.scene import Scene, samples


def in_order(scene: Scene) -> list[tuple[str, int]]:
    """Project and priority of each backfill that is open, as workers take them."""
    with psycopg.connect(scene.server.database_url) as connection:
        return connection.execute(
            "select project.public_id::text, priority"
            " from unnest(%s::int[]) with ordinality as asked (id, place)"
            " join backfill using (id) join project on project.id = backfill.project_id order by place",
            (scene.open_backfill_ids(),),
        ).fetchall()


def test_priority_orders_within_a_project_alone(scene: Scene) -> None:
    scene.store(*samples(2, 10))
    scene.ask(priority=5, sensors=[scene.sensors["s1"]])
    scene.ask(priority=100, sensors=[scene.sensors["s0"]])
    other = scene.person.made("/projects", {"name": "other"})["id"]
    scene.person.made(f"/projects/{other}/sensors", {"key": "s"})
    scene.person.made(f"/projects/{other}/backfills", {"reason": "not urgent", "priority": -100})
    own = str(scene.project.public_id)
    assert in_order(scene) == [(own, 100), (own, 5), (other, -100)]
    scene.recalibrator.work_on(scene.open_backfill_ids()[0], 0)  # one step
    assert in_order(scene) == [(other, -100), (own, 100), (own, 5)]
