"""What becomes of messages that are no readings, of old ones, and of brokers that refuse."""

import subprocess
from base64 import b64encode
from hashlib import pbkdf2_hmac
from pathlib import Path

import pytest

from barograph.times import now_us
from tests.ingest.database import ask
from tests.ingest.line_posting import keys, readings, set_project
from tests.ingest.mqtt.bridging import BridgeProcess, bridging
from tests.ingest.mqtt.broker.own_broker import OwnBroker, Publisher, own_broker, publishing
from tests.ingest.mqtt.conftest import Bridges
from tests.ingest.mqtt.sparkplug.sparkplug_messages import payload
from tests.ingest.mqtt.stored import dead_letters, wait_for_readings
from tests.programs import Program
from tests.seed import Project
from tests.waiting import wait_until
from tools.programs.mosquitto import MosquittoPrograms

PLAIN = """
[[subscriptions]]
topic = "n/{key}"
payload = "number"
sensor = "{key}"
"""
JSON = """
[[subscriptions]]
topic = "j/{key}"
value = "v"
sensor = "{key}"
time = "t"
time_unit = "us"
"""
SPARKPLUG = """
[[subscriptions]]
topic = "spBv1.0/#"
payload = "sparkplug"
sensor = "{metric}"

[sparkplug]
host_id = "barograph"
"""
CLOSED = """\
listener {port} 127.0.0.1
allow_anonymous false
password_file {folder}/passwords
"""
ENCRYPTED = """\
listener {port} 127.0.0.1
allow_anonymous true
certfile {folder}/broker.pem
keyfile {folder}/broker.key
"""


def test_what_can_not_be_read_is_kept_with_its_topic_and_holds_up_nothing(
    database_url: str, project: Project, bridge_of: Bridges, publisher: Publisher
) -> None:
    set_project(database_url, project, register_sensors_up_to=10)
    bridge_of(JSON)
    publisher.publish([("j/s0", "{"), ("j/s0", b"\xff\0"), ("j/s1", '{"v": 2.5, "t": "noon"}')])
    publisher.publish([("j/s2", f'{{"v": 1, "t": {now_text()}}}')])
    assert wait_for_readings(database_url, project, 1) == [("s2", 1.0)]
    wait_until(lambda: len(dead_letters(database_url, project)) == 3)
    letters = dead_letters(database_url, project)
    assert [sensor for sensor, _ in letters] == ["j/s0", "j/s0", "s1"]
    assert [text.partition(":")[0].strip('"') for _, text in letters] == ["no JSON", "no UTF-8", "noon"]
    assert keys(database_url, project) == ["s0", "s1", "s2"]


def now_text() -> str:
    return str(now_us())


def test_a_message_with_its_own_time_that_is_published_again_is_stored_once(
    database_url: str, project: Project, bridge_of: Bridges, publisher: Publisher
) -> None:
    bridge = bridge_of(JSON + PLAIN)
    timed = ("j/s0", f'{{"v": 4.5, "t": {now_text()}}}')
    publisher.publish([timed, timed, ("n/s1", "7"), ("n/s1", "7")])
    bridge.stop()
    bridge.start()
    publisher.publish([timed, ("n/s2", "1")])
    found = wait_for_readings(database_url, project, 4)
    assert found == [("s0", 4.5), ("s1", 7.0), ("s1", 7.0), ("s2", 1.0)]


@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_a_message_that_fits_two_subscriptions_is_stored_once_by_the_first(
    database_url: str, project: Project, bridge_of: Bridges, publisher: Publisher, version: str
) -> None:
    set_project(database_url, project, register_sensors_up_to=100)
    narrow = PLAIN.replace('"n/{key}"', '"n/s0"').replace('"{key}"', '"first/{topic}"')
    bridge_of(narrow + PLAIN, more_of_broker=f'version = "{version}"\n')
    publisher.publish([("n/s0", "1"), ("n/s1", "2"), ("n/s0", "1"), ("n/s2", "3")])
    found = wait_for_readings(database_url, project, 4)
    assert found == [("first/n/s0", 1.0), ("first/n/s0", 1.0), ("s1", 2.0), ("s2", 3.0)]


def test_what_the_file_no_longer_subscribes_to_comes_no_more(
    database_url: str, project: Project, bridge_of: Bridges, publisher: Publisher
) -> None:
    bridge = bridge_of(PLAIN + JSON)
    bridge.stop()
    bridge.config.write_text(bridge.config.read_text().replace(JSON, ""))
    bridge.start()
    publisher.publish([("j/s1", "1"), ("n/s0", "2")])
    assert wait_for_readings(database_url, project, 1) == [("s0", 2.0)]
    assert dead_letters(database_url, project) == []


def test_rejects_are_told_with_what_to_do(
    database_url: str, project: Project, bridge_of: Bridges, publisher: Publisher
) -> None:
    bridge = bridge_of(JSON)
    publisher.publish([("j/s0", f'{{"v": 1, "t": {now_us() // 1000}}}')])
    wait_until(lambda: bool(dead_letters(database_url, project)))
    wait_until(lambda: "check time_unit, and the clocks" in bridge.log())


def test_retained_messages_are_old_values_and_stored_only_by_choice(
    database_url: str, project: Project, bridge_of: Bridges, publisher: Publisher
) -> None:
    publisher.publish([("n/s0", "1"), ("m/s1", "2")], retain=True)
    chosen = PLAIN.replace("n/", "m/") + "retained = true\n"
    bridge_of(PLAIN + chosen)
    publisher.publish([("n/s2", "3")])
    assert wait_for_readings(database_url, project, 2) == [("s1", 2.0), ("s2", 3.0)]


def test_a_value_that_is_not_finite_is_rejected_as_such(
    database_url: str, project: Project, bridge_of: Bridges, publisher: Publisher
) -> None:
    bridge_of(JSON + PLAIN)
    publisher.publish([("n/s0", "NaN"), ("n/s0", "-inf"), ("j/s1", f'{{"v": NaN, "t": {now_text()}}}')])
    wait_until(lambda: len(dead_letters(database_url, project)) == 3)
    letters = "select sensor, code, value::text from dead_letter where project_id = %s order by id, index"
    assert ask(database_url, letters, project.id) == [
        ("s0", "not-finite", "NaN"),
        ("s0", "not-finite", "-Infinity"),
        ("s1", "not-finite", "NaN"),
    ]


def test_what_clears_a_retained_message_is_no_reading(
    database_url: str, project: Project, bridge_of: Bridges, publisher: Publisher
) -> None:
    publisher.publish([("n/s0", "1")], retain=True)
    bridge_of(PLAIN)
    publisher.publish([("n/s0", "")], retain=True)
    publisher.publish([("n/s1", "2")])
    assert wait_for_readings(database_url, project, 1) == [("s1", 2.0)]
    assert dead_letters(database_url, project) == []


def test_a_broker_of_an_older_version_is_heard_too(
    database_url: str, project: Project, bridge_of: Bridges, publisher: Publisher
) -> None:
    publisher.publish([("n/s0", "1")], retain=True)
    bridge = bridge_of(PLAIN, more_of_broker='version = "3.1.1"\n')
    publisher.publish([("n/s1", "2")])
    wait_for_readings(database_url, project, 1)
    bridge.kill()
    publisher.publish([("n/s2", "3")])
    bridge.start()
    assert wait_for_readings(database_url, project, 2) == [("s1", 2.0), ("s2", 3.0)]


def test_sparkplug_is_stored_and_a_node_that_is_not_known_is_asked_for_its_birth(
    database_url: str, project: Project, broker: OwnBroker, bridge_of: Bridges, publisher: Publisher
) -> None:
    listening = [broker.programs.subscriber, "-p", str(broker.port), "-C", "2", "-W", "60", "-F", "%t %x"]
    listening += ["-t", "spBv1.0/plant/NCMD/edge", "-t", "spBv1.0/STATE/barograph"]
    bridge_of(SPARKPLUG)
    with subprocess.Popen(listening, stdout=subprocess.PIPE, text=True) as heard:
        assert heard.stdout is not None
        # It is kept for whoever comes, and shows that the other subscription stands too.
        assert heard.stdout.readline().startswith("spBv1.0/STATE/barograph ")
        publisher.publish([("spBv1.0/plant/NDATA/edge", payload(7, {"alias": 1, "double_value": 9.0}))])
        assert heard.stdout.read().startswith("spBv1.0/plant/NCMD/edge ")
    birth = payload(0, {"name": "s0", "alias": 1, "datatype": 10, "double_value": 1.0})
    publisher.publish([("spBv1.0/plant/NBIRTH/edge", birth)])
    publisher.publish([("spBv1.0/plant/NDATA/edge", payload(1, {"alias": 1, "double_value": 2.0}))])
    assert wait_for_readings(database_url, project, 2) == [("s0", 1.0), ("s0", 2.0)]
    assert [text for _, text in dead_letters(database_url, project)] != []


def test_a_password_that_is_wrong_is_said_and_the_right_one_is_taken(
    project: Project, mosquitto: MosquittoPrograms, ingest: Program, tmp_path: Path
) -> None:
    folder = tmp_path / "closed"
    folder.mkdir()
    # As `mosquitto_passwd` writes it for the user `bridge` and the password `right`.
    (folder / "passwords").write_text(f"bridge:{hashed('right')}\n")
    (folder / "passwords").chmod(0o600)
    with own_broker(folder, mosquitto, CLOSED) as closed:
        name = 'username = "bridge"\npassword = '
        bridge = BridgeProcess(
            tmp_path / "bridge", closed.url, ingest.url, project, PLAIN, f'{name}"wrong"\n'
        )
        try:
            bridge.start(is_ready=False)
            bridge.wait_for_trouble("check username and password")
            bridge.stop()
            text = bridge.config.read_text().replace('"wrong"', '"right"')
            bridge.config.write_text(text)
            bridge.start()
        finally:
            if bridge.process is not None:
                bridge.kill()


def hashed(password: str) -> str:
    """In mosquitto's own form, which Python's library makes too."""
    salt = b"twelve bytes"
    digest = pbkdf2_hmac("sha512", password.encode(), salt, 101)
    return f"$7$101${b64encode(salt).decode()}${b64encode(digest).decode()}"


def test_a_connection_by_tls_wants_a_certificate_that_it_trusts(
    project: Project, mosquitto: MosquittoPrograms, ingest: Program, tmp_path: Path
) -> None:
    folder = tmp_path / "encrypted"
    folder.mkdir()
    words = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=127.0.0.1",
    ]
    words += ["-addext", "subjectAltName=IP:127.0.0.1"]
    words += ["-keyout", f"{folder}/broker.key", "-out", f"{folder}/broker.pem"]
    if subprocess.run(words, capture_output=True).returncode != 0:
        pytest.skip("no openssl makes a certificate here")
    with own_broker(folder, mosquitto, ENCRYPTED) as encrypted:
        url = encrypted.url.replace("mqtt://", "mqtts://")
        bridge = BridgeProcess(tmp_path / "bridge", url, ingest.url, project, PLAIN)
        try:
            bridge.start(is_ready=False)
            bridge.wait_for_trouble("ca_file")
            bridge.stop()
            text = bridge.config.read_text()
            bridge.config.write_text(text.replace("[server]", f'ca_file = "{folder}/broker.pem"\n[server]'))
            bridge.start()
        finally:
            if bridge.process is not None:
                bridge.kill()


def test_a_second_bridge_on_one_folder_is_refused(bridge_of: Bridges) -> None:
    bridge = bridge_of(PLAIN)
    done = bridge.run_once()
    assert done.returncode == 2
    assert "another bridge uses" in done.stderr


def test_two_of_one_group_share_the_messages(
    database_url: str, project: Project, broker: OwnBroker, ingest: Program, tmp_path: Path
) -> None:
    shared = PLAIN + 'share = "group"\n'
    first = BridgeProcess(tmp_path / "first", broker.url, ingest.url, project, shared)
    second = BridgeProcess(tmp_path / "second", broker.url, ingest.url, project, shared)
    second.config.write_text(second.config.read_text().replace('"bridge"', '"other"'))
    with bridging(first), bridging(second), publishing(broker.port) as publisher:
        publisher.publish([("n/s0", str(number)) for number in range(100)])
        wait_until(lambda: len(readings(database_url, project)) >= 100)
        assert (
            first.metric("barograph_mqtt_messages_total{") + second.metric("barograph_mqtt_messages_total{")
            == 100
        )
    assert sorted(value for _, value in readings(database_url, project)) == [
        float(each) for each in range(100)
    ]
