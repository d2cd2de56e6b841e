"""`backup` and `restore`. Only names stand here; what they do is imported when it is done."""

from pathlib import Path

from barograph.cli.late import LateFunction
from barograph.cli.moments import HELP, instant
from barograph.cli.verb import Noun, Verb, argument

_BACKUPS = "barograph.cli.machine.backups"
_RESTORES = "barograph.cli.machine.restores"

_PLACE = argument(
    "--to", metavar="PLACE", help="the folder, or s3://bucket/prefix; else that of BAROGRAPH_BACKUP_TO"
)
_FROM = argument(
    "--from",
    dest="to",
    metavar="PLACE",
    help="the folder, or s3://bucket/prefix; else that of BAROGRAPH_BACKUP_TO",
)
_BACKUP_ID = argument("--id", metavar="ID", help="of which; else the newest that fits")

BACKUP = Noun(
    "backup",
    "backups of the database and of the files beside it",
    (
        Verb(
            "make",
            "make a whole backup now, while everything runs",
            LateFunction(_BACKUPS, "make"),
            (_PLACE,),
            examples=("backup make --to /mnt/backups", "backup make"),
        ),
        Verb(
            "list",
            "list the backups of a place, and how far each can be restored",
            LateFunction(_BACKUPS, "list_all"),
            (_FROM,),
            examples=("backup list --from /mnt/backups",),
        ),
        Verb(
            "verify",
            "restore a backup into a scratch cluster, and see whether all that must agree does",
            LateFunction(_BACKUPS, "verify"),
            (
                _FROM,
                _BACKUP_ID,
                argument(
                    "--scratch",
                    type=Path,
                    metavar="DIR",
                    help="a folder for it; else one in the data directory",
                ),
            ),
            examples=("backup verify --from /mnt/backups",),
        ),
        Verb(
            "keep",
            "keep backups up to date until it is stopped, as `up --backup-to` does",
            LateFunction(_BACKUPS, "keep"),
            (
                _PLACE,
                argument("--owned", action="store_true", help="the database is that of the data directory"),
            ),
            examples=("backup keep --to s3://backups/barograph",),
        ),
        Verb(
            "end",
            "give backups up: no WAL is kept for them, and no alert misses them. Those that are there stay",
            LateFunction(_BACKUPS, "end"),
            (),
            examples=("backup end",),
        ),
    ),
    usual="make",
    stands_alone=True,
)
RESTORE = Verb(
    "restore",
    "bring a database back from a backup, as it was at an instant",
    LateFunction(_RESTORES, "restore"),
    (
        _FROM,
        _BACKUP_ID,
        argument("--to-time", type=instant, metavar="TIME", help=f"the instant; else the newest ({HELP})"),
        argument("--force", action="store_true", help="move a database that is there aside"),
        argument(
            "--into", type=Path, metavar="DIR", help="make a data folder for a PostgreSQL that others run"
        ),
        argument(
            "--recover-later",
            action="store_true",
            help="with --into: that PostgreSQL recovers it as it starts, by its own programs and extensions",
        ),
        argument(
            "--files",
            action="store_true",
            help="with --into: bring files and keys that are missing in the data directory back, too",
        ),
    ),
    examples=(
        "restore --from /mnt/backups",
        "restore --from /mnt/backups --to-time 2026-11-27T10:00:00Z --force",
        "restore --from s3://backups/barograph --into /var/lib/postgresql/17/restored",
    ),
)
