"""`webhook`: whom a project tells of its events over HTTP."""

from barograph.cli.resources.calls import act, change, create, deletion, items, listing, read, verb
from barograph.cli.resources.places import OF_PROJECT
from barograph.cli.verb import Noun, argument

STATUSES = ("waiting", "delivered", "failed")
_ID = "3f0c8d5e-0b1f-4a57-9d6e-2f6a1c9b7e10"
_WEBHOOK = argument("webhook", metavar="ID")

WEBHOOK = Noun(
    "webhook",
    "whom a project tells of its events over HTTP",
    (
        verb(
            "create",
            "create a webhook; its secret is shown this once",
            create("{project}/webhooks", "url", "types", "description", "concurrency"),
            *OF_PROJECT,
            argument("url", metavar="URL"),
            argument(
                "--type",
                action="append",
                dest="types",
                metavar="TYPE",
                help="tell it of these events only, such as run.*; repeatable",
            ),
            argument("--description", metavar="TEXT"),
            argument(
                "--concurrency", type=int, metavar="N", help="messages at once (1: in the order of events)"
            ),
            examples=("webhook create 'Rig 7' https://ci.example.org/hook --type 'run.*' --field secret",),
        ),
        listing(
            "list",
            "list a project's webhooks",
            items("{project}/webhooks"),
            *OF_PROJECT,
            columns=("id", "url", "types", "enabled", "off_reason", "failing_since", "last_success_at"),
            examples=("webhook list 'Rig 7'",),
        ),
        verb("show", "show a webhook", read("{webhook}"), _WEBHOOK, examples=(f"webhook show {_ID}",)),
        verb(
            "enable",
            "switch a webhook on; what waits is sent",
            change("{webhook}", enabled=True),
            _WEBHOOK,
            examples=(f"webhook enable {_ID}",),
        ),
        verb(
            "disable",
            "switch a webhook off; what waits stays",
            change("{webhook}", enabled=False),
            _WEBHOOK,
            examples=(f"webhook disable {_ID}",),
        ),
        verb(
            "rotate-secret",
            "give a webhook another secret; it is shown this once",
            act("{webhook}:rotate-secret", "overlap_s"),
            _WEBHOOK,
            argument(
                "--overlap-s", type=int, metavar="N", help="how long the old one signs, too, seconds (86400)"
            ),
            examples=(f"webhook rotate-secret {_ID} --field secret",),
        ),
        verb(
            "test",
            "send a webhook an event of its own",
            act("{webhook}:test"),
            _WEBHOOK,
            examples=(f"webhook test {_ID}",),
        ),
        listing(
            "deliveries",
            "list a webhook's messages and what became of them",
            items("{webhook}/deliveries", "status"),
            _WEBHOOK,
            argument("--status", choices=STATUSES),
            columns=("id", "created_at", "type", "status", "attempts", "status_code", "failure"),
            examples=(f"webhook deliveries {_ID} --status failed",),
        ),
        verb(
            "redeliver",
            "send a message again",
            act("{delivery}:redeliver"),
            argument("delivery", metavar="DELIVERY", help="its id"),
            examples=(f"webhook redeliver {_ID}",),
        ),
        deletion(
            "delete",
            "delete a webhook and the log of its messages",
            "{webhook}",
            _WEBHOOK,
            examples=(f"webhook delete {_ID} --yes",),
        ),
    ),
)
