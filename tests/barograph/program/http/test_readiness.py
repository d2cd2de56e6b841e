"""/ready says which of a program's checks has not answered."""

import asyncio

import httpx
import pytest
from fastapi import FastAPI

from barograph.program import web
from tests.barograph.program.serving import serving_app


def test_what_hangs_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "READY_WITHIN_S", 0.05)

    async def answer() -> None:
        return

    async def hang() -> None:
        await asyncio.sleep(60)

    app = FastAPI()
    web.install(app, {"the database": answer, "the broker": hang})
    with serving_app(app) as port:
        answered = httpx.get(f"http://127.0.0.1:{port}/ready")
        metrics = httpx.get(f"http://127.0.0.1:{port}/metrics").text
    assert (answered.status_code, answered.json()["detail"]) == (503, "the broker does not answer in time")
    assert "barograph_ready 0.0" in metrics
