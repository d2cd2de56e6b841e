"""`python -m api.freeze`: writes the OpenAPI document to `docs/openapi.json`, where a change of the contract
is seen in a diff.

Releases keep copies (`python -m tools.release`). What clients of the two last ones use must go on standing:
`tests/api/openapi/test_contract.py`.
"""

import json
import sys
from pathlib import Path

from pydantic import SecretStr

from api.app import create_app
from barograph.settings import Settings

ROOT = Path(__file__).parent.parent
FROZEN = ROOT / "docs" / "openapi.json"


def main() -> int:
    """Runs the command."""
    FROZEN.write_text(document())
    sys.stdout.write(f"Wrote {FROZEN.relative_to(ROOT)}\n")
    return 0


def document() -> str:
    """The document as it is kept. No database is called, and no setting of the environment changes it."""
    settings = Settings.model_construct(signing_key=SecretStr("a key that is never used for anything"))
    app = create_app(settings, "postgresql://127.0.0.1:1/none")
    return json.dumps(app.openapi(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.exit(main())
