"""`project`: what sensors, experiments and members belong to."""

from barograph.cli.resources.calls import change, create, deletion, items, listing, read, verb
from barograph.cli.resources.places import OF_PROJECT
from barograph.cli.verb import CommandArgument, Noun, argument

COLUMNS = ("id", "name", "role", "created_at")
FIELDS = (
    "name",
    "description",
    "raw_access",
    "max_age_s",
    "raw_keep_days",
    "rollup_keep_days",
    "archive_after_days",
    "rejects_keep_days",
    "sensor_key_template",
    "register_sensors_up_to",
    "artifact_quota_bytes",
)
_SETTINGS: tuple[CommandArgument, ...] = (
    argument("--description"),
    argument("--raw-access", choices=("members", "editors"), help="who sees raw values"),
    argument("--max-age-s", type=int, metavar="N", help="greatest age of readings that gateways send"),
    argument("--raw-keep-days", type=int, metavar="N", help="older readings are deleted for good"),
    argument("--rollup-keep-days", type=int, metavar="N", help="older roll-ups are deleted for good"),
    argument("--archive-after-days", type=int, metavar="N", help="older readings lie in files of Parquet"),
    argument("--rejects-keep-days", type=int, metavar="N", help="older dead letters are deleted (30)"),
    argument("--sensor-key-template", metavar="TEXT", help="makes sensors' keys of line protocol"),
    argument(
        "--register-sensors-up-to",
        type=int,
        metavar="N",
        help="unknown keys of line protocol become sensors while there are fewer (0: never)",
    ),
    argument("--artifact-quota-bytes", type=int, metavar="N", help="what files of its runs may take"),
)

PROJECT = Noun(
    "project",
    "projects, to which all else belongs",
    (
        verb(
            "create",
            "create a project, as its owner",
            create("/api/v1/projects", *FIELDS),
            argument("name"),
            *_SETTINGS,
            examples=("project create 'Rig 7' --description 'Turbines'",),
        ),
        listing(
            "list",
            "list the projects you are a member of",
            items("/api/v1/projects"),
            columns=COLUMNS,
            examples=("project list", "project list --field name"),
        ),
        verb(
            "show",
            "show a project",
            read("{project}"),
            *OF_PROJECT,
            examples=("project show 'Rig 7' --json",),
        ),
        verb(
            "change",
            "change a project's name or settings",
            change("{project}", *FIELDS),
            *OF_PROJECT,
            argument("--name", help="its new name"),
            *_SETTINGS,
            examples=("project change 'Rig 7' --name 'Rig 7, south'",),
        ),
        deletion(
            "delete",
            "delete a project that holds no readings, with all that describes it",
            "{project}",
            *OF_PROJECT,
            examples=("project delete 'Rig 7'", "project delete 'Rig 7' --yes"),
        ),
    ),
)
