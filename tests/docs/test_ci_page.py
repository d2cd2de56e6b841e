"""`docs/ci.md`: its commands are run one after the other, and answer as it says."""

import os
import shutil
import subprocess

import pytest

from tests.docs.pages import MARK, blocks_of, matches
from tests.events.conftest import HookScene, scene_on
from tests.programs import ROOT

PAGE = ROOT / "docs" / "ci.md"


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("jq")), reason="curl and jq are not installed")
def test_a_ci_server_has_its_model_approved_and_found(
    database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("ci")
    (folder / "report.txt").write_text("all is well")
    (folder / "model.onnx").write_bytes(bytes(range(256)) * 300)
    with scene_on(database_url, folder) as scene:
        answers = run_page(scene, folder)
    blocks = blocks_of(PAGE)
    assert len(answers) == len(blocks), answers[-1]
    for block, answer in zip(blocks, answers, strict=True):
        for line in block.answer.splitlines():
            assert matches(line, answer), answer


def run_page(scene: HookScene, folder: os.PathLike[str]) -> list[str]:
    environment = {
        **os.environ,
        "API": scene.server.url,
        "PROJECT": scene.project,
        "EXPERIMENT": scene.owner.made(f"/projects/{scene.project}/experiments", {"name": "nightly"})["id"],
        "CI_TOKEN": token_of(scene, "editor"),
        "REVIEWER_TOKEN": token_of(scene, "owner"),
        "OTHER_TOKEN": token_of(scene, "viewer"),
    }
    script = "set -euo pipefail\nexec 2>&1\n"
    script += "".join(f"{block.commands}printf '{MARK}'\n" for block in blocks_of(PAGE))
    done = subprocess.run(
        ["bash", "-c", script], cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, timeout=240
    )
    return done.stdout.removesuffix(MARK).split(MARK)


def token_of(scene: HookScene, role: str) -> str:
    account = {"project_id": scene.project, "name": role, "role": role}
    return scene.owner.made("/service-accounts", account)["token"]
