"""What `pip install ./client` puts on a gateway, and what the distribution's README says of it."""

import ast
import asyncio
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.client.ingest_server import TOKEN, IngestServer
from tests.programs import ROOT

FOLDER = ROOT / "client"
DISTRIBUTION: dict[str, Any] = tomllib.loads((FOLDER / "pyproject.toml").read_text(encoding="utf-8"))
README = FOLDER / DISTRIBUTION["project"]["readme"]
EXAMPLE = re.compile(r"```python\n(.*?)```", re.DOTALL)


def imported_packages(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return {name.split(".")[0] for name in names}


def test_the_wheel_holds_the_only_package_of_the_folder() -> None:
    packages = [path.parent.name for path in FOLDER.glob("*/__init__.py")]
    assert packages == ["barograph_client"]
    assert DISTRIBUTION["tool"]["hatch"]["build"]["targets"]["wheel"] == {"packages": packages}
    assert not (FOLDER / "__init__.py").exists(), "the folder itself is no package"


def test_the_package_says_that_it_is_typed() -> None:
    assert (FOLDER / "barograph_client" / "py.typed").exists()


def test_it_needs_what_it_declares_and_nothing_else() -> None:
    package = FOLDER / "barograph_client"
    of_analysis = set((package / "analysis").rglob("*.py"))
    of_gateways = imported_by(set(package.rglob("*.py")) - of_analysis)
    assert of_gateways == declared(DISTRIBUTION["project"]["dependencies"])
    extras: dict[str, list[str]] = DISTRIBUTION["project"]["optional-dependencies"]
    assert imported_by(of_analysis) <= of_gateways | declared(extras["analysis"])
    assert set(extras["analysis"]) < set(extras["notebook"])


def imported_by(paths: set[Path]) -> set[str]:
    imported = set[str]().union(*map(imported_packages, paths))
    return imported - sys.stdlib_module_names - {"barograph_client"}


def declared(requirements: list[str]) -> set[str]:
    return {re.split(r"\W", requirement)[0] for requirement in requirements}


def test_a_gateway_needs_no_extra_until_it_makes_a_client() -> None:
    script = (
        "import sys; sys.modules['httpx'] = sys.modules['polars'] = None\n"
        "from barograph_client import Client, ExtraMissing\n"
        "try: Client('http://127.0.0.1:1', 'token')\n"
        "except ExtraMissing as error: print(error)"
    )
    environment = {"PYTHONPATH": str(FOLDER)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True)
    assert "httpx" in done.stdout, done.stderr
    assert "pip install './client[analysis]'" in done.stdout


def test_gateways_do_not_load_what_only_analysts_need() -> None:
    script = "import sys, barograph_client; print({'httpx', 'polars'} & sys.modules.keys())"
    environment = {"PYTHONPATH": str(FOLDER)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True)
    assert done.stdout.strip() == "set()", done.stderr


@pytest.mark.anyio
async def test_the_example_of_its_readme_streams_from_another_folder(tmp_path: Path) -> None:
    (example,) = EXAMPLE.findall(README.read_text(encoding="utf-8"))
    shutil.copytree(FOLDER / "barograph_client", tmp_path / "installed" / "barograph_client")
    async with IngestServer().run() as server:
        script = example.replace("ws://127.0.0.1:8001/ingest/v1/ws", server.url).replace("bgi_…", TOKEN)
        running = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", script), cwd=tmp_path, env={"PYTHONPATH": str(tmp_path / "installed")}
        )
        assert await running.wait() == 0
    (frame,) = server.frames
    assert frame.channel.tolist() == [0, 1]
    assert frame.value.tolist() == [21.5, 22.25]


@pytest.mark.nightly
@pytest.mark.parametrize("extra", ["analysis", "notebook"])
def test_the_extras_install_all_that_a_client_needs(tmp_path: Path, extra: str) -> None:
    """Into an environment of its own, with pip and whatever index it is set up for."""
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    shutil.copytree(FOLDER, tmp_path / "client")  # a build leaves files where the source lies
    install = [python, "-m", "pip", "install", "-q", f"{tmp_path / 'client'}[{extra}]"]
    subprocess.run(install, check=True, timeout=250)
    script = (
        "from barograph_client import Client\n"
        "from barograph_client.analysis.live.plotting import SCRIPT\n"
        "assert SCRIPT.exists() and 'venv' in str(SCRIPT)\n"
        "print(Client('http://127.0.0.1:1', 'token'))"
    )
    # Without PYTHONPATH, by which the source would be found instead.
    done = subprocess.run([python, "-I", "-c", script], capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout == "<Client of http://127.0.0.1:1>\n", done.stderr
