"""What `pip install ./client` puts on a gateway, and what the distribution's README says of it."""

import ast
import asyncio
import re
import shutil
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
    requirements = DISTRIBUTION["project"]["dependencies"]
    declared = {re.split(r"\W", requirement)[0] for requirement in requirements}
    imported = set[str]().union(*map(imported_packages, (FOLDER / "barograph_client").rglob("*.py")))
    assert imported - sys.stdlib_module_names - {"barograph_client"} == declared


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
