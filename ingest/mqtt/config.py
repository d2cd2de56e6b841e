"""The bridge's file of settings, in TOML: which broker, which server, and what its messages mean.

Secrets may stand in the environment instead. Whatever is wrong with the file is said with its place there.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from barograph.errors import fault_text
from barograph.similar import did_you_mean, nearest
from ingest.mqtt.key_template import KeyTemplate, UnfitKeyTemplate
from ingest.mqtt.payloads.instants import TimeUnit
from ingest.mqtt.topics import TopicPattern, UnfitPattern

SCHEMES = {"mqtt": 1883, "mqtts": 8883}
Text = Annotated[str, Field(min_length=1)]
# Beside the names of a pattern's levels.
_OF_TOPICS = {"topic", "field"}
_OF_SPARKPLUG = {"group", "node", "device", "metric"}


class ConfigFault(Exception):
    """The bridge's settings can't be used"""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BrokerTable(_Table):
    """Whom the bridge subscribes to."""

    url: Text
    client_id: Annotated[str, Field(min_length=1, max_length=200)]
    version: Literal["5", "3.1.1"] = "5"
    username: str | None = None
    password: SecretStr | None = None
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    keepalive_s: int = Field(30, ge=5, le=3600)
    session_expiry_s: int = Field(7 * 86_400, ge=0, lt=2**32)
    receive_maximum: int = Field(5000, ge=1, le=65_535)
    max_message_bytes: int = Field(2**20, ge=128, le=256 * 2**20)

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        parts = urlsplit(self.url)
        return parts.port or SCHEMES[parts.scheme]

    @property
    def is_encrypted(self) -> bool:
        return urlsplit(self.url).scheme == "mqtts"

    @model_validator(mode="after")
    def _check(self) -> "BrokerTable":
        parts = urlsplit(self.url)
        if parts.scheme not in SCHEMES or not parts.hostname:
            raise ValueError("url is mqtt://host:1883 or mqtts://host:8883")
        if parts.username or parts.password:
            raise ValueError("user name and password stand in fields of their own, not in url")
        if (self.cert_file is None) != (self.key_file is None):
            raise ValueError("cert_file and key_file come together")
        return self


class ServerTable(_Table):
    """Where readings go.

    Attributes:
        keep_stored_s, keep_stored_bytes: how long, and how much of, what is stored stays here. A server that
            is restored from a backup gets it again.
    """

    url: Text
    token: SecretStr | None = None
    token_file: Path | None = None
    ca_file: Path | None = None
    producer: Text | None = None
    register_sensors: bool = True
    max_body_bytes: int = Field(3 * 2**20, ge=4096)
    timeout_s: float = Field(60, gt=0)
    keep_stored_s: float = Field(86_400, ge=0)
    keep_stored_bytes: int = Field(2**30, ge=0)

    @model_validator(mode="after")
    def _check(self) -> "ServerTable":
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("url is http://host:8001 or https://host")
        return self


class SubscriptionTable(_Table):
    """Some topics, and what their messages mean.

    Attributes:
        topic: a pattern: `{name}` stands for one level and names it, `{name...}` for the rest, as `+` and `#`
            do without a name.
        sensor: the template of keys.
        readings: the path to the array of readings in a document of JSON; the document itself without one.
        value, fields: paths to numbers; without either, all numbers of an object.
        time: the path to the time; without one, readings have the time when the bridge received them.
    """

    topic: Text
    payload: Literal["json", "number", "sparkplug"] = "json"
    sensor: Text | None = None
    qos: Literal[0, 1] = 1
    share: Annotated[str, Field(pattern=r"^[^/+#]+$")] | None = None
    retained: bool = False
    historical: bool = False
    readings: Text | None = None
    value: Text | None = None
    fields: tuple[Text, ...] = ()
    time: Text | None = None
    time_unit: TimeUnit = "rfc3339"
    births: bool = True
    exclude: tuple[str, ...] = ()

    @property
    def pattern(self) -> TopicPattern:
        return TopicPattern(self.topic)

    @property
    def filter(self) -> str:
        """The filter that the broker is asked for."""
        return (f"$share/{self.share}/" if self.share else "") + self.pattern.filter

    @property
    def template(self) -> KeyTemplate:
        return KeyTemplate(self.sensor or self._default_key())

    def _default_key(self) -> str:
        if self.payload == "sparkplug":
            return "{group}/{node}/{device}/{metric}"
        return "{topic}/{field}"

    @model_validator(mode="after")
    def _check(self) -> "SubscriptionTable":
        try:
            names = set(self.pattern.names)
            known = _OF_SPARKPLUG if self.payload == "sparkplug" else names | _OF_TOPICS
            self.template.check(known)
        except (UnfitPattern, UnfitKeyTemplate) as error:
            raise ValueError(str(error)) from None
        if self.value is not None and self.fields:
            raise ValueError("value names one number, fields several: give one of them")
        if self.payload != "json" and (self.readings or self.value or self.fields or self.time):
            raise ValueError("readings, value, fields and time are paths in JSON; payload is not json")
        if len(self.fields) > 1 and "field" not in self.template.names:
            raise ValueError("sensor has no {field}, so all fields would be one sensor")
        return self


class SparkplugTable(_Table):
    """How the bridge appears to Sparkplug's edge nodes; as their primary host, if it has a name."""

    host_id: Annotated[str, Field(pattern=r"^[^/+#]+$")] | None = None
    rebirth: bool = True


class BridgeConfig(_Table):
    """The whole file.

    Attributes:
        state: the folder where the bridge remembers what it has sent; of one bridge alone.
    """

    state: Path
    broker: BrokerTable
    server: ServerTable
    sparkplug: SparkplugTable = SparkplugTable()
    subscriptions: Annotated[tuple[SubscriptionTable, ...], Field(min_length=1)]

    @property
    def producer(self) -> str:
        return self.server.producer or f"mqtt/{self.broker.client_id}"


# In place of pydantic's, of types that TOML calls otherwise.
_WORDS = {
    "model_type": "must be a table",
    "tuple_type": "must be a list: tables have two brackets, [[subscriptions]]",
    "path_type": "must be a path, as a string",
    "too_short": "there must be one at least",
}
_TABLES: Mapping[int | str, type[BaseModel]] = {
    "broker": BrokerTable,
    "server": ServerTable,
    "sparkplug": SparkplugTable,
    "subscriptions": SubscriptionTable,
}


def load_config(
    path: Path, token: SecretStr | None = None, password: SecretStr | None = None
) -> BridgeConfig:
    """The file's settings; token and password of the environment go before those of the file.

    Raises:
        ConfigFault: says what is wrong, and where.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigFault(f"{path} can't be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigFault(f"{path} is no TOML: {error}") from error
    try:
        config = BridgeConfig.model_validate(table)
    except ValidationError as error:
        raise ConfigFault("\n".join(_fault_lines(path, error))) from None
    broker = config.broker.model_copy(update={"password": password or config.broker.password})
    given = {"token": token, "token_file": None} if token else {"token": _token(path, config.server)}
    server = config.server.model_copy(update=given)
    return config.model_copy(update={"broker": broker, "server": server})


def _token(path: Path, server: ServerTable) -> SecretStr:
    if server.token_file is not None:
        try:
            return SecretStr(server.token_file.read_text(encoding="utf-8").strip())
        except OSError as error:
            raise ConfigFault(f"{server.token_file} can't be read: {error.strerror}") from error
    if server.token is None:
        raise ConfigFault(
            f"{path}: server: no ingest token. Set BAROGRAPH_MQTT_TOKEN, or give token_file or token"
        )
    return server.token


def _fault_lines(path: Path, error: ValidationError) -> list[str]:
    """One for each fault, without those that follow from others: what is missing because it is misspelt, and
    that a table has too little because something in it is wrong.
    """
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    missing = {fault["loc"] for fault in faults if fault["type"] == "missing"}
    said: dict[tuple[int | str, ...], str] = {}
    for fault in faults:
        place = fault["loc"]
        if fault["type"] == "extra_forbidden":
            known = _names_beside(place)
            said[place] = f"there is no such setting.{did_you_mean(str(place[-1]), known)}"
            missing -= {(*place[:-1], name) for name in nearest(str(place[-1]), known)}
        elif fault["type"] == "missing":
            said[place] = "is missing"
        elif not any(each["loc"][: len(place)] == place for each in faults if each is not fault):
            said[place] = _WORDS.get(fault["type"], fault_text(fault["msg"]))
    return [
        f"{path}: {'.'.join(map(str, place)) or 'the file'}: {text}"
        for place, text in said.items()
        if text != "is missing" or place in missing
    ]


def _names_beside(place: Sequence[int | str]) -> Iterable[str]:
    """The names of the settings that may stand there."""
    return _TABLES[place[0]].model_fields if len(place) > 1 else BridgeConfig.model_fields
