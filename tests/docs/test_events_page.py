"""`docs/events.md` and the AsyncAPI document of events: as the list of types says, and as events are told."""

import json
import os
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest
import yaml
from standardwebhooks import Webhook

from barograph.database.queries import load_queries
from barograph.events.kinds import EVENT_KINDS
from tests.docs.pages import blocks_of
from tests.events.conftest import HookScene, scene_on
from tests.programs import ROOT
from tools.event_document import DOCUMENT, PAGE, written

WRITES = re.compile(r"into event\b")
# Actions of the audit trail that stand in the same statements.
NO_EVENTS = {"project.retain"}
KIND = re.compile(r"'([a-z_]+\.[a-z_.]+[a-z])'")


def test_both_are_as_the_list_of_types_says() -> None:
    # Else: PYTHONPATH=.:client .venv/bin/python -m tools.event_document
    for path, text in written().items():
        assert path.read_text(encoding="utf-8") == text, path.name


def test_every_type_that_is_written_is_in_the_list() -> None:
    statements = [*load_queries().values()]
    statements += [path.read_text() for path in (ROOT / "sql" / "migrations").glob("06*.sql")]
    found = {kind for text in statements if WRITES.search(text) for kind in KIND.findall(text)}
    assert len(found) > 15
    assert found - EVENT_KINDS.keys() == NO_EVENTS


@pytest.mark.parametrize("kind", EVENT_KINDS)
def test_each_example_fits_the_schema(kind: str) -> None:
    document = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
    (example,) = document["components"]["messages"][kind]["examples"]
    jsonschema.validate(example["payload"], document["components"]["schemas"]["Event"])
    assert example["payload"]["type"] == kind


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_stream_and_the_webhook_are_as_the_page_asks_for_them(database_url: str, tmp_path: Path) -> None:
    following, making = (block.commands for block in blocks_of(PAGE) if "$API/" in block.commands)
    with scene_on(database_url, tmp_path) as scene:
        (told,) = scene.tell("run.finished")
        # What it follows has just happened; and it would go on.
        heard = answer_of(
            following.replace("curl -N", "curl -sN -m 5").replace("&type", "&from=-1h&type", 1), scene
        )
        made = json.loads(answer_of(making, scene))
    assert told in heard
    assert made["types"] == ["run.*", "artifact.ready"]
    (verifying,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    now, body = datetime.now(UTC), json.dumps({"id": told})
    signature = Webhook(made["secret"]).sign(told, now, body)
    headers = {
        "webhook-id": told,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature,
    }
    names = {"secret": made["secret"], "body": body, "headers": headers}
    exec(verifying, names)  # noqa: S102  # the page's own lines
    assert names["event"] == {"id": told}


def answer_of(commands: str, scene: HookScene) -> str:
    token = scene.owner.client.headers["authorization"].removeprefix("Bearer ")
    environment = {**os.environ, "API": scene.server.url, "PROJECT": scene.project, "TOKEN": token}
    done = subprocess.run(
        ["bash", "-c", commands], env=environment, text=True, capture_output=True, timeout=60, check=False
    )
    return done.stdout
