"""What Sparkplug's messages become, with births, aliases, deaths and numbers that are missing."""

from ingest.mqtt.key_template import KeyTemplate
from ingest.mqtt.payloads.readings import MqttReading, ReadMessage
from ingest.mqtt.sparkplug.payload import DataType
from ingest.mqtt.sparkplug.reader import SparkplugMeaning, SparkplugReader
from tests.ingest.mqtt.sparkplug.sparkplug_messages import payload

MEANING = SparkplugMeaning(KeyTemplate("{group}/{node}/{device}/{metric}"))
T_MS = 1_790_000_000_000
NODE_BIRTH = payload(
    0,
    {"name": "bdSeq", "datatype": DataType.INT64, "long_value": 3},
    {"name": "Node Control/Rebirth", "datatype": DataType.BOOLEAN, "boolean_value": False},
    {"name": "load", "alias": 1, "datatype": DataType.DOUBLE, "double_value": 0.5, "timestamp": T_MS},
    timestamp=T_MS,
)
DEVICE_BIRTH = payload(
    1,
    {"name": "flow", "alias": 2, "datatype": DataType.INT16, "int_value": 7, "timestamp": T_MS},
    timestamp=T_MS,
)


class Heard:
    """A reader, what it asked for, and a clock that stands until it is moved."""

    def __init__(self, nodes: dict[str, str] | None = None) -> None:
        self.asked: list[str] = []
        self.now_s = 0.0
        self.reader = SparkplugReader(nodes or {}, self.asked.append, lambda: self.now_s)

    def read(
        self, kind: str, message: bytes, device: str = "", meaning: SparkplugMeaning = MEANING
    ) -> ReadMessage:
        topic = f"spBv1.0/plant/{kind}/edge" + (f"/{device}" if device else "")
        return self.reader.read(meaning, topic, message)

    def born(self) -> "Heard":
        self.read("NBIRTH", NODE_BIRTH)
        self.read("DBIRTH", DEVICE_BIRTH, "pump")
        return self


def data(seq: int, alias: int = 1, **more: object) -> bytes:
    return payload(seq, {"alias": alias, "timestamp": T_MS + 1, **more}, timestamp=T_MS)


def test_births_are_readings_except_what_sparkplug_itself_is_made_of() -> None:
    heard = Heard()
    assert list(heard.read("NBIRTH", NODE_BIRTH).readings) == [
        MqttReading("plant/edge/load", 0.5, T_MS * 1000)
    ]
    read = heard.read("DBIRTH", DEVICE_BIRTH, "pump")
    assert list(read.readings) == [MqttReading("plant/edge/pump/flow", 7, T_MS * 1000)]
    assert heard.asked == []


def test_data_goes_by_alias_and_type_of_its_birth() -> None:
    heard = Heard().born()
    read = heard.read("DDATA", data(2, 2, int_value=0xFFFF), "pump")
    assert list(read.readings) == [MqttReading("plant/edge/pump/flow", -1, T_MS * 1000 + 1000)]
    assert read.has_own_times


def test_a_metric_without_a_time_has_that_of_its_message() -> None:
    read = Heard().born().read("NDATA", payload(2, {"name": "load", "double_value": 2.0}, timestamp=T_MS))
    assert list(read.readings) == [MqttReading("plant/edge/load", 2.0, T_MS * 1000)]


def test_what_is_historical_says_so() -> None:
    read = Heard().born().read("NDATA", data(2, double_value=2.0, is_historical=True))
    assert [each.historical for each in read.readings] == [True]


def test_a_birth_that_tells_the_last_reading_again_makes_no_second_one() -> None:
    heard = Heard().born()
    assert list(heard.read("NBIRTH", NODE_BIRTH).readings) == []
    heard.read("NDATA", data(1, double_value=9.0))
    assert [each.value for each in heard.read("NBIRTH", NODE_BIRTH).readings] == [0.5]


def test_a_number_that_is_missing_asks_for_a_rebirth_once_in_a_while_and_loses_nothing() -> None:
    heard = Heard().born()
    assert [each.value for each in heard.read("NDATA", data(3, double_value=1.0)).readings] == [1.0]
    assert heard.asked == ["spBv1.0/plant/NCMD/edge"]
    heard.read("NDATA", data(5, double_value=2.0))
    assert len(heard.asked) == 1
    heard.now_s = 10.0
    heard.read("NDATA", data(7, double_value=3.0))
    assert len(heard.asked) == 2


def test_numbers_go_round_at_256() -> None:
    heard = Heard().born()
    for seq in [*range(2, 256), 0, 1]:
        heard.read("NDATA", data(seq, double_value=1.0))
    assert heard.asked == []


def test_an_alias_that_nobody_has_named_is_kept_in_words_and_asked_for() -> None:
    heard = Heard()
    (reading,) = heard.read("NDATA", data(4, 9, double_value=1.25)).readings
    assert reading.key == "plant/edge/alias 9"
    assert reading.value == "no birth has named this alias: 1.25"
    assert heard.asked == ["spBv1.0/plant/NCMD/edge"]


def test_a_death_ends_what_the_birth_said() -> None:
    heard = Heard().born()
    assert list(heard.read("NDEATH", payload(None)).readings) == []
    (reading,) = heard.read("NDATA", data(2, double_value=1.0)).readings
    assert isinstance(reading.value, str)


def test_a_device_that_died_is_asked_for_its_birth() -> None:
    heard = Heard().born()
    heard.read("DDEATH", payload(2), "pump")
    heard.read("DDATA", data(3, 2, int_value=1), "pump")
    assert heard.asked == ["spBv1.0/plant/NCMD/edge"]


def test_births_outlive_the_reader() -> None:
    heard = Heard().born()
    kept = heard.reader.take_changed()
    assert kept.keys() == {"plant/edge"}
    assert heard.reader.take_changed() == {}
    read = Heard(kept).read("DDATA", data(2, 2, int_value=5), "pump")
    assert [(each.key, each.value) for each in read.readings] == [("plant/edge/pump/flow", 5)]


def test_what_is_left_out_and_births_that_are_no_readings() -> None:
    without = SparkplugMeaning(KeyTemplate("{metric}"), exclude=("lo*",))
    assert list(Heard().read("NBIRTH", NODE_BIRTH, meaning=without).readings) == []
    silent = SparkplugMeaning(KeyTemplate("{metric}"), births=False)
    heard = Heard()
    assert list(heard.read("NBIRTH", NODE_BIRTH, meaning=silent).readings) == []
    assert [each.key for each in heard.read("NDATA", data(1, double_value=1.0), meaning=silent).readings] == [
        "load"
    ]


def test_hosts_are_not_read_and_what_is_no_sparkplug_is_one_dead_letter() -> None:
    heard = Heard()
    assert list(heard.read("NCMD", b"\xff").readings) == []
    read = heard.read("NDATA", b"\xff")
    assert read.is_unreadable
    assert [each.key for each in read.readings] == ["spBv1.0/plant/NDATA/edge"]
    assert heard.read("NONSENSE", NODE_BIRTH).is_unreadable
