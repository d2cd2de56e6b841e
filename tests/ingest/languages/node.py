"""Node.js as the portal's set-up installs it, for clients in JavaScript."""

import subprocess
from pathlib import Path

from barograph.local.portal.build import install_tools, portal_folders
from barograph.local.portal.node import NodePrograms
from barograph.settings import Settings


def find_node() -> Path:
    folders = portal_folders(Settings())
    install_tools(folders)
    return NodePrograms(folders).node


def start_node(script: Path, *arguments: str) -> subprocess.Popen[str]:
    """Runs TypeScript, its types left out."""
    command = [str(find_node()), str(script), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def compile_typescript(project: Path, out: Path) -> None:
    """Checks the types of a TypeScript project and writes its JavaScript."""
    folders = portal_folders(Settings())
    compiler = folders.modules / "typescript" / "bin" / "tsc"
    command = [str(find_node()), str(compiler), "-p", str(project), "--outDir", str(out)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
