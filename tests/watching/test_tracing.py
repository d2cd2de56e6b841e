"""Traces of real programs, as a collector of OTLP gets them."""

import json
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import httpx
import pytest

from barograph.program.tracing import TracingNotInstalled, start_tracing
from barograph.settings import Settings
from tests.ingest.gateway import open_gateway
from tests.programs import ROOT, running
from tests.seed import seed_project

pytest.importorskip("opentelemetry.sdk")
pytest.importorskip("opentelemetry.proto")

from tests.watching.collector import TraceCollector, collecting

TRACE_ID, SPAN_ID = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TRACEPARENT = f"00-{TRACE_ID}-{SPAN_ID}-01"


@pytest.fixture
def collector() -> Generator[TraceCollector]:
    with collecting() as collector:
        yield collector


def test_a_request_continues_its_callers_trace_and_the_log_names_it(
    database_url: str, tmp_path: Path, collector: TraceCollector
) -> None:
    environment = {
        "BAROGRAPH_OTLP_URL": collector.url,
        "BAROGRAPH_TRACE_SHARE": "0",
        "BAROGRAPH_DATA_DIR": str(tmp_path),
    }
    with running("api", database_url, tmp_path / "api.log", environment) as api:
        answer = httpx.get(f"{api.url}/auth/me", headers={"traceparent": TRACEPARENT}, timeout=60)
        assert answer.status_code == 401
        httpx.get(f"{api.url}/auth/sessions", timeout=60)  # nobody's trace, and none begins by itself
        span = collector.wait_for(lambda span: span.trace_id == TRACE_ID, "the request")
        assert api.stop() == 0
    assert (span.service, span.parent_id) == ("barograph-api", SPAN_ID)
    assert span.attributes["http.response.status_code"] == 401
    assert span.attributes["http.route"] == "/auth/me"
    assert span.attributes["barograph.request_id"] == answer.headers["X-Request-Id"]
    assert {each.trace_id for each in collector.spans} == {TRACE_ID}
    lines = [json.loads(line) for line in (tmp_path / "api.log").read_text().splitlines()]
    (told,) = [line for line in lines if line.get("path") == "/auth/me"]
    assert told["trace_id"] == TRACE_ID
    assert told["request_id"] == answer.headers["X-Request-Id"]


def test_a_frame_is_traced_from_its_arrival_to_its_commit(
    database_url: str, tmp_path: Path, collector: TraceCollector
) -> None:
    project = seed_project(database_url)
    environment = {"BAROGRAPH_OTLP_URL": collector.url, "BAROGRAPH_TRACE_FRAME_SHARE": "1"}
    with running("ingest", database_url, tmp_path / "ingest.log", environment) as ingest:
        with open_gateway(ingest, project) as gateway:
            gateway.bind("rig/daq", ["s0"])
            gateway.send_values(1, [1.0, 2.0])
            gateway.acked_up_to(1)
        frame = collector.wait_for(lambda span: span.name == "frame", "the frame")
        assert ingest.stop() == 0
    assert frame.attributes["barograph.seq"] == 1
    assert frame.attributes["barograph.readings"] == 2
    assert frame.attributes["barograph.project"] == project.id
    assert frame.attributes["barograph.fate"] == "stored"
    within = {span.name for span in collector.spans if span.parent_id == frame.span_id}
    assert within == {"wait", "commit"}


def test_jobs_of_the_worker_are_traced(
    database_url: str, redis_url: str, tmp_path: Path, collector: TraceCollector
) -> None:
    environment = {
        "BAROGRAPH_REDIS_URL": redis_url,
        "BAROGRAPH_OTLP_URL": collector.url,
        "BAROGRAPH_TRACE_SHARE": "1",
        "BAROGRAPH_DATA_DIR": str(tmp_path),
    }
    with running("backfill", database_url, tmp_path / "worker.log", environment) as worker:
        job = collector.wait_for(lambda span: "messaging.message.id" in span.attributes, "a job")
        assert worker.stop() == 0
    assert job.service == "barograph-worker"


@pytest.mark.nightly  # it imports all programs anew
def test_nothing_of_it_is_imported_while_traces_are_off() -> None:
    code = (
        "import sys; import api.app, ingest.app, backfill.app;"
        "from barograph.program.tracing import start_tracing; from barograph.settings import Settings;"
        "start_tracing(Settings(_env_file=None), 'api');"
        "sys.exit('barograph.program.open_telemetry' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env={})
    assert done.returncode == 0


def test_traces_without_the_sdk_are_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "barograph.program.open_telemetry", None)
    with pytest.raises(TracingNotInstalled, match="pip install opentelemetry-sdk"):
        start_tracing(Settings(otlp_url="http://127.0.0.1:4318"), "api")
