"""`docs/mqtt.md`: its commands answer what the page says, and it names each setting."""

from pathlib import Path

from pydantic import BaseModel

from ingest.mqtt.broker.faults import ADVICE
from ingest.mqtt.config import BridgeConfig, BrokerTable, ServerTable, SparkplugTable, SubscriptionTable
from tests.docs.pages import check_page, one_of_the_pages, serving_page
from tests.ingest.mqtt.conftest import mosquitto
from tests.programs import ROOT, free_port
from tools.programs.mosquitto import MosquittoPrograms

PAGE = ROOT / "docs" / "mqtt.md"
TABLES: list[type[BaseModel]] = [BridgeConfig, BrokerTable, ServerTable, SparkplugTable, SubscriptionTable]
__all__ = ["mosquitto"]


@one_of_the_pages(1)
def test_its_commands_answer_what_it_says(
    database_url: str, tmp_path: Path, mosquitto: MosquittoPrograms
) -> None:
    port, health_port = free_port(), free_port()
    text = PAGE.read_text(encoding="utf-8").replace("1883", str(port)).replace("8003", str(health_port))
    text = text.replace("/tmp/", f"{tmp_path}/")  # noqa: S108 - the page's
    text = text.replace(".services/mosquitto/usr", f"{mosquitto.root}/usr")
    page = tmp_path / "mqtt.md"
    page.write_text(f"```sh\nexport BAROGRAPH_MQTT_PORT={health_port}\n```\n\n{text}", encoding="utf-8")
    with serving_page(database_url, tmp_path, "admin@example.org") as data_dir:
        check_page(page, data_dir)


def test_it_names_each_setting() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for table in TABLES:
        for name in table.model_fields:
            assert f"`{name}`" in text or f"[{name}]" in text or f"[[{name}]]" in text, name


def test_it_says_what_the_commonest_refusals_mean() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for reason in ("Not authorized", "Bad user name or password", "Session taken over"):
        assert reason in ADVICE
        assert f"`{reason}`" in text
