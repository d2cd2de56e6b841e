"""`python -m barograph.embedded`: unpack PostgreSQL and Redis now, so that a later start needs no network."""

import sys

from barograph.embedded.executables import find_executables
from barograph.embedded.refusal import SetUpRefused
from barograph.settings import Settings


def main() -> int:
    try:
        executables = find_executables(Settings().services_dir)
    except SetUpRefused as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    sys.stdout.write(f"PostgreSQL: {executables.postgres}\nRedis:      {executables.redis_server}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
