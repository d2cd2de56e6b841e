"""Where gateways send, as the portal tells it."""

import pytest
from starlette.requests import HTTPConnection

from api.accounts.ingest_address import ingest_address
from barograph.settings import Settings


@pytest.mark.parametrize(
    ("asked", "settings", "told"),
    [
        ("127.0.0.1:8000", {}, "http://127.0.0.1:8001"),
        ("rig.example:9000", {"api_port": 9000, "ingest_port": 9500}, "http://rig.example:9500"),
        ("[::1]:8000", {}, "http://[::1]:8001"),
        ("rig.example", {}, "http://rig.example"),
        ("10.0.0.1:8000", {"public_url": "https://rig.example/"}, "https://rig.example"),
        ("10.0.0.1:8000", {"public_url": "http://rig.example:8000"}, "http://rig.example:8001"),
        ("rig.example", {"public_ingest_url": "https://in.rig.example/"}, "https://in.rig.example"),
    ],
)
def test_it_follows_from_what_is_set_or_asked(asked: str, settings: dict[str, object], told: str) -> None:
    request = HTTPConnection(
        {"type": "http", "scheme": "http", "path": "/session", "headers": [(b"host", asked.encode())]}
    )
    assert ingest_address(request, Settings.model_validate(settings)) == told
