"""Prometheus and promtool, as Debian has them."""

import pytest

from barograph.local.refusal import SetUpRefused
from tests.conftest import SERVICES_DIR
from tools.programs.prometheus import PrometheusPrograms, ensure_prometheus


@pytest.fixture(scope="session")
def prometheus_programs() -> PrometheusPrograms:
    """Unpacked if need be."""
    try:
        return ensure_prometheus(SERVICES_DIR)
    except SetUpRefused as refused:
        pytest.skip(f"no Prometheus to test with: {refused}")
