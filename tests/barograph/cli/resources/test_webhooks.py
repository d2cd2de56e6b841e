"""`webhook`."""

from uuid import uuid4

from tests.barograph.cli.conftest import Run


def test_a_webhook_is_made_tested_and_deleted(run: Run) -> None:
    project = run("project", "create", str(uuid4())[:13], "--field", "name").out.strip()
    url = "https://ci.example.org/hook"
    made = run("webhook", "create", project, url, "--type", "run.*", "--type", "alarm.raised", "--json").item
    assert (made["types"], made["secret"][:6]) == (["run.*", "alarm.raised"], "whsec_")
    assert "secret" not in run("webhook", "show", made["id"], "--json").item
    assert run("webhook", "list", project, "--field", "url").out == f"{url}\n"
    rotated = run("webhook", "rotate-secret", made["id"], "--overlap-s", "0", "--field", "secret").out
    assert rotated.strip() not in {"", made["secret"]}
    tested = run("webhook", "test", made["id"], "--json").item
    run("webhook", "redeliver", tested["id"])
    waiting = run("webhook", "deliveries", made["id"], "--status", "waiting", "--field", "type").out
    assert waiting == "webhook.tested\n" * 2
    assert run("webhook", "disable", made["id"], "--json").item["enabled"] is False
    assert run("webhook", "test", made["id"]).err.startswith("Refused (409)")
    assert run("webhook", "enable", made["id"], "--json").item["enabled"] is True
    run("webhook", "delete", made["id"], "--yes")
    assert run("webhook", "list", project, "--field", "url").out == ""
