"""Every answer tells browsers and caches what not to do, whoever made it."""

from collections.abc import Generator

import httpx
import pytest
from fastapi import FastAPI, Response

from barograph.program import web
from tests.barograph.program.serving import serving_app


def make_app() -> FastAPI:
    app = FastAPI()
    web.install(app, {})

    @app.get("/broken")
    async def broken() -> None:  # pyright: ignore[reportUnusedFunction]  # a route
        raise RuntimeError

    @app.get("/kept")
    async def kept() -> Response:  # pyright: ignore[reportUnusedFunction]  # a route
        return Response(
            headers={"Cache-Control": "max-age=60", "Content-Security-Policy": "default-src 'self'"}
        )

    @app.get("/auth/me")
    @app.post("/auth/login")
    @app.put("/thing")
    @app.delete("/thing")
    async def thing() -> dict[str, str]:  # pyright: ignore[reportUnusedFunction]  # a route
        return {}

    return app


@pytest.fixture(scope="module")
def port() -> Generator[int]:
    with serving_app(make_app()) as port:
        yield port


@pytest.fixture
def client(port: int) -> Generator[httpx.Client]:
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        yield client


@pytest.mark.parametrize(("path", "status"), [("/health", 200), ("/nowhere", 404), ("/broken", 500)])
def test_no_answer_is_sniffed_framed_or_signed_by_its_server(
    client: httpx.Client, path: str, status: int
) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "private, no-cache"
    assert "server" not in answer.headers


def test_a_route_has_its_own_way(client: httpx.Client) -> None:
    headers = client.get("/kept").headers
    assert headers.get_list("cache-control") == ["max-age=60"]
    assert headers.get_list("content-security-policy") == ["default-src 'self'"]


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/auth/me"), ("POST", "/auth/login"), ("PUT", "/thing")]
)
def test_what_may_show_a_secret_is_kept_nowhere(client: httpx.Client, method: str, path: str) -> None:
    assert client.request(method, path).headers["cache-control"] == "no-store"


def test_only_behind_tls_browsers_are_told_to_stay_there(client: httpx.Client) -> None:
    assert "strict-transport-security" not in client.get("/health").headers
    behind_tls = {"X-Forwarded-Proto": "https"}
    answer = client.get("/health", headers={**behind_tls, "Host": "lab.example.org"})
    assert answer.headers["strict-transport-security"].startswith("max-age=")
    for host in ("localhost", "localhost:8443", "portal.localhost", "127.0.0.1:443"):
        local = client.get("/health", headers={**behind_tls, "Host": host})
        assert "strict-transport-security" not in local.headers


def test_a_method_that_is_not_allowed_is_told_all_that_are(client: httpx.Client) -> None:
    answer = client.get("/thing")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "PUT, DELETE"
