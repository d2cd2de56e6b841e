"""`archive`. Only names stand here; what they do is imported when it is done."""

from barograph.cli.late import LateFunction
from barograph.cli.moments import HELP, instant
from barograph.cli.verb import Noun, Verb, argument

_ARCHIVE = "barograph.cli.machine.archive"
_PROJECT = argument("--project", metavar="PROJECT", help="of which alone, by name or id")

ARCHIVE = Noun(
    "archive",
    "old readings that lie in files of Parquet, where a project or BAROGRAPH_ARCHIVE_AFTER_DAYS says so",
    (
        Verb(
            "status",
            "list the files, and what of each lies in it alone",
            LateFunction(_ARCHIVE, "status"),
            (_PROJECT,),
            examples=("archive status", "archive status --project rig"),
        ),
        Verb(
            "verify",
            "read every file whole, and see whether it is what was written",
            LateFunction(_ARCHIVE, "verify"),
            (_PROJECT,),
            examples=("archive verify",),
        ),
        Verb(
            "restore",
            "make rows of archived readings again; they stay so for a day, or until the project files none",
            LateFunction(_ARCHIVE, "restore"),
            (
                argument("--project", metavar="PROJECT", required=True, help="whose, by name or id"),
                argument(
                    "--sensor", metavar="KEY", action="append", help="of this sensor alone; may be repeated"
                ),
                argument("--from", dest="start", type=instant, metavar="TIME", help=f"from then on ({HELP})"),
                argument("--to", dest="end", type=instant, metavar="TIME", help="until then"),
            ),
            examples=(
                "archive restore --project rig",
                "archive restore --project rig --sensor p1 --from 2026-11-01T00:00Z",
            ),
        ),
    ),
    usual="status",
)
