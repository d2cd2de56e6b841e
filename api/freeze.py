"""`python -m api.freeze`: writes the OpenAPI document to `docs/openapi.json`, where a change of the contract
is seen in a diff.

`python -m api.freeze --release` also keeps a copy as `docs/openapi/<version>.json`. What clients of the two
last releases use must go on standing: `tests/api/openapi/test_contract.py`.
"""

import argparse
import json
import sys
import tomllib
from pathlib import Path

from pydantic import SecretStr

from api.app import create_app
from barograph.settings import Settings

ROOT = Path(__file__).parent.parent
FROZEN = ROOT / "docs" / "openapi.json"
RELEASES = ROOT / "docs" / "openapi"


def main() -> int:
    """Runs the command."""
    parser = argparse.ArgumentParser(
        prog="python -m api.freeze",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--release", action="store_true", help="also keep a copy under the project's version")
    text = document()
    for path in (FROZEN, *([release_copy()] if parser.parse_args().release else [])):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        sys.stdout.write(f"Wrote {path.relative_to(ROOT)}\n")
    return 0


def document() -> str:
    """The document as it is kept. No database is called, and no setting of the environment changes it."""
    settings = Settings.model_construct(signing_key=SecretStr("a key that is never used for anything"))
    app = create_app(settings, "postgresql://127.0.0.1:1/none")
    return json.dumps(app.openapi(), indent=1, ensure_ascii=False) + "\n"


def release_copy() -> Path:
    """Where the copy of the version in `pyproject.toml` is kept."""
    version: str = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    return RELEASES / f"{version}.json"


if __name__ == "__main__":
    sys.exit(main())
