"""What developers of the portal do, with the Node.js that set-up has fetched:

python -m tools.portal check     # types of the API, types, format and lint
python -m tools.portal format    # puts the format right
python -m tools.portal test      # tests of modules that need no browser
python -m tools.portal dev       # Vite's server; the API is that of BAROGRAPH_API_URL, or of `make up`
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from barograph.local.connection import read_connection
from barograph.local.portal.build import install_tools, portal_folders
from barograph.local.portal.node import NodePrograms, ensure_node
from barograph.settings import PROJECT, Settings

TYPES = ("openapi-typescript/bin/cli.js", "../docs/openapi.json", "--output", "src/api/openapi.d.ts")
VERBS = {
    "types": (TYPES,),
    "check": (TYPES, ("typescript/bin/tsc",), ("@biomejs/biome/bin/biome", "ci", "--error-on-warnings")),
    "format": (("@biomejs/biome/bin/biome", "check", "--write"),),
    "test": (("--test", "tests/**/*.test.ts"),),
    "dev": (("vite/bin/vite.js",),),
}


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tools.portal", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("verb", choices=VERBS)
    verb: str = parser.parse_args().verb
    settings = Settings()
    folders = portal_folders(settings)
    install_tools(folders)
    node = ensure_node(folders)
    environment = os.environ | node.environment | _api(settings)
    for words in VERBS[verb]:
        if (code := _run(node, words, environment)) != 0:
            return code
    return 0


def _run(node: NodePrograms, words: tuple[str, ...], environment: dict[str, str]) -> int:
    """A script of a package, or Node's own options; the exit code."""
    first = words[0] if words[0].startswith("--") else str(node.folders.modules / words[0])
    command = [node.node, first, *words[1:]]
    return subprocess.run(command, check=False, cwd=PROJECT / "portal", env=environment).returncode


def _api(settings: Settings) -> dict[str, str]:
    """Where Vite's server finds the API that runs here."""
    connection = read_connection(Path(settings.data_dir) / "connection.json")
    url = settings.api_url or (connection.api_url if connection else None)
    return {} if url is None else {"BAROGRAPH_API_URL": url}


if __name__ == "__main__":
    sys.exit(main())
