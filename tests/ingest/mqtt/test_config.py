"""The bridge's file of settings, and what is said of one that is wrong."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from ingest.mqtt.config import ConfigFault, load_config
from tests.programs import ROOT

GOOD = """
state = "/state"
[broker]
url = "mqtt://broker"
client_id = "b"
[server]
url = "http://server:8001"
token = "of the file"
[[subscriptions]]
topic = "rigs/{rig}/#"
"""


def load(folder: Path, text: str, token: str | None = None) -> object:
    path = folder / "bridge.toml"
    path.write_text(text)
    return load_config(path, None if token is None else SecretStr(token))


def test_the_environments_token_goes_before_that_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "bridge.toml"
    path.write_text(GOOD)
    config = load_config(path, SecretStr("of the environment"))
    assert config.server.token == SecretStr("of the environment")
    assert load_config(path).server.token == SecretStr("of the file")
    (tmp_path / "token").write_text("of its own\n")
    path.write_text(GOOD.replace('token = "of the file"', f'token_file = "{tmp_path}/token"'))
    assert load_config(path).server.token == SecretStr("of its own")
    assert load_config(path, SecretStr("of the environment")).server.token_file is None


def test_what_is_left_out_has_defaults(tmp_path: Path) -> None:
    path = tmp_path / "bridge.toml"
    path.write_text(GOOD)
    config = load_config(path)
    assert (config.producer, config.broker.port, config.broker.is_encrypted) == ("mqtt/b", 1883, False)
    (subscription,) = config.subscriptions
    assert (subscription.filter, subscription.qos, subscription.retained) == ("rigs/+/#", 1, False)
    assert (config.server.keep_stored_s, config.server.keep_stored_bytes) == (24 * 3600, 2**30)
    shared = subscription.model_copy(update={"share": "bridges"})
    assert shared.filter == "$share/bridges/rigs/+/#"


def test_the_file_of_the_containers_is_right() -> None:
    config = load_config(ROOT / "deploy" / "mqtt" / "bridge.toml", SecretStr("a token"))
    assert config.state == Path("/state")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("state = ", "is no TOML"),
        (GOOD.replace('token = "of the file"', ""), "BAROGRAPH_MQTT_TOKEN"),
        (GOOD.replace('token = "of the file"', 'token_file = "/nowhere"'), "/nowhere can't be read"),
        (GOOD.replace("mqtt://broker", "tcp://broker"), "broker: url is mqtt://host:1883"),
        (GOOD.replace("mqtt://broker", "mqtt://me:secret@broker"), "fields of their own"),
        (GOOD.replace("http://server", "ws://server"), "server: url is http://"),
        (GOOD.replace("client_id", "client"), "broker.client: there is no such setting. Did you mean"),
        (GOOD.replace("rigs/{rig}/#", "rigs/#/x"), "subscriptions.0: `#` and `{name...}`"),
        (GOOD.replace("rigs/{rig}/#", "rigs/a+"), "mixes a wildcard with text"),
        (GOOD + 'sensor = "{part}"', "sensor has {part}, which nothing gives. There are {field}, {rig}"),
        (GOOD + 'sensor = "one"', "all topics would be one sensor"),
        (GOOD + 'sensor = "{rig"', "sensor '{rig'"),
        (GOOD + 'payload = "number"\nvalue = "v"', "payload is not json"),
        (GOOD + 'value = "v"\nfields = ["v"]', "give one of them"),
        (GOOD + 'sensor = "{rig}"\nfields = ["a", "b"]', "has no {field}"),
        (GOOD + 'time_unit = "minutes"', "subscriptions.0.time_unit"),
    ],
)
def test_a_fault_is_said_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigFault) as fault:
        load(tmp_path, text)
    assert said in str(fault.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            GOOD.replace("client_id", "client"),
            ["broker.client: there is no such setting. Did you mean 'client_id'?"],
        ),
        (GOOD.replace("[broker]", "[brokr]"), ["brokr: there is no such setting. Did you mean 'broker'?"]),
        (
            GOOD.replace("[[subscriptions]]", "[[subscription]]"),
            ["subscription: there is no such setting. Did you mean 'subscriptions'?"],
        ),
        (
            GOOD.replace("topic =", "topics ="),
            ["subscriptions.0.topics: there is no such setting. Did you mean 'topic'?"],
        ),
        (GOOD.replace('client_id = "b"', ""), ["broker.client_id: is missing"]),
        (
            GOOD.replace('client_id = "b"', "colour = 1"),
            ["broker.client_id: is missing", "broker.colour: there is no such setting."],
        ),
        (GOOD.replace('"mqtt://broker"', "5"), ["broker.url: Input should be a valid string"]),
        (GOOD + 'qos = 2\nsensor = "{part}"', ["subscriptions.0.qos: Input should be 0 or 1"]),
        (
            GOOD.replace("[[subscriptions]]", "[subscriptions]"),
            ["subscriptions: must be a list: tables have two brackets, [[subscriptions]]"],
        ),
        (
            GOOD.replace("[[subscriptions]]", "[sparkplug]").replace("topic =", "host_id ="),
            ["sparkplug.host_id: String should match pattern '^[^/+#]+$'", "subscriptions: is missing"],
        ),
        (
            GOOD.partition("[broker]")[0] + 'broker = "mqtt://broker"\n' + GOOD[GOOD.index("[server]") :],
            ["broker: must be a table"],
        ),
    ],
)
def test_a_fault_is_said_once(tmp_path: Path, text: str, said: list[str]) -> None:
    with pytest.raises(ConfigFault) as fault:
        load(tmp_path, text)
    lines = [line.removeprefix(f"{tmp_path}/bridge.toml: ") for line in str(fault.value).splitlines()]
    assert lines == said


def test_a_file_that_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigFault, match="can't be read"):
        load_config(tmp_path / "none.toml")
