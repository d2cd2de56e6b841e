"""Messages of JSON and of numbers, from a real broker to the database."""

from tests.ingest.line_posting import keys, set_project
from tests.ingest.mqtt.broker.own_broker import Publisher
from tests.ingest.mqtt.conftest import Bridges
from tests.ingest.mqtt.stored import wait_for_readings
from tests.seed import Project

OBJECTS = """
[[subscriptions]]
topic = "rigs/{rig}/{part}"
sensor = "{rig}.{part}.{field}"
time = "t"
time_unit = "ms"

[[subscriptions]]
topic = "plain/{name}"
payload = "number"
sensor = "{name}"
"""


def test_objects_and_numbers_are_readings_of_sensors_by_template(
    database_url: str, project: Project, bridge_of: Bridges, publisher: Publisher
) -> None:
    set_project(database_url, project, register_sensors_up_to=10)
    bridge_of(OBJECTS)
    publisher.publish_json("rigs/r1/pump", {"t": 1_790_000_000_000, "flow": 1.5, "on": True, "unit": "l/s"})
    publisher.publish([("plain/s0", "4.25"), ("plain/s1", "7")])
    found = wait_for_readings(database_url, project, 4)
    assert found == [("r1.pump.flow", 1.5), ("r1.pump.on", 1.0), ("s0", 4.25), ("s1", 7.0)]
    assert keys(database_url, project)[-2:] == ["r1.pump.flow", "r1.pump.on"]
