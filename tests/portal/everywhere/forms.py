"""The forms of the portal: where each is, what is typed, what is refused, how it shows that it is done."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page, expect


@dataclass(frozen=True)
class PortalForm:
    """One form.

    Attributes:
        opener: the button that opens it; None for one that is open with its page.
        is_dialog: whether it stands in a dialog over the page.
        texts: what is typed, by label.
        verb: the button that sends it.
        done: a text that the page shows once it is done, beside a dialog that closes.
        refused: a text that the API refuses, by label.
    """

    name: str
    place: str
    opener: str | None
    texts: Mapping[str, str]
    verb: str
    done: str | None = None
    refused: Mapping[str, str] = field(default_factory=dict[str, str])
    is_dialog: bool = True

    def fill(self, page: Page) -> Mapping[str, str]:
        """Opens it and types; what was typed."""
        if self.opener is not None:
            page.get_by_role("button", name=self.opener, exact=True).first.click()
        for label, text in self.texts.items():
            self.field(page, label).fill(text)
        return self.texts

    def field(self, page: Page, label: str) -> Locator:
        """By its label."""
        return self._form(page).get_by_label(label, exact=True)

    def submit(self, page: Page) -> None:
        """As one who clicks."""
        self._form(page).get_by_role("button", name=self.verb, exact=True).click()

    def expect_done(self, page: Page) -> None:
        """It has been sent, and shows it."""
        if self.done is not None:
            expect(page.get_by_text(self.done).first).to_be_visible()
        else:
            expect(page.locator("dialog form")).to_have_count(0)

    def _form(self, page: Page) -> Locator:
        """Never that of a new log-in, which stands over everything."""
        where = "dialog:not([aria-labelledby=log-in-again])" if self.is_dialog else "main"
        return page.locator(f"{where} form").first


LONG = "x" * 3000
FORMS = (
    PortalForm(
        "sensor",
        "/sensors",
        "New sensor",
        {"Key": "form/p1", "Name": "Of a form"},
        "Make sensor",
        "Sensor form/p1 is made",
        {"Key": LONG, "Name": LONG, "Physical unit": LONG, "Kind": LONG},
    ),
    PortalForm(
        "sensor's change",
        "/sensors/{sensor}",
        "Change",
        {"Name": "Changed", "Tags": "form"},
        "Save",
        refused={"Name": LONG, "Alarm if silent for (s)": "-1"},
    ),
    PortalForm("limit", "/sensors/{sensor}", "New limit", {"Greatest (bar)": "900"}, "Set"),
    PortalForm(
        "run",
        "/runs",
        "New run",
        {"Name of the run": "Of a form", "Tags": "form"},
        "Make run",
        refused={"Name of the run": LONG, "Tags": LONG},
    ),
    PortalForm(
        "settings",
        "/project",
        None,
        {"Description": "Of a form"},
        "Save",
        "Saved",
        {
            "Name": LONG,
            "Oldest reading that is taken, days": "-1",
            "Readings are kept, days": "-1",
            "Readings go to files after, days": "0",
        },
        is_dialog=False,
    ),
    PortalForm(
        "token",
        "/project?tab=tokens",
        "New token",
        {"Name": "of a form"},
        "Make token",
        "The token",
        {"Name": LONG},
    ),
    PortalForm(
        "service account",
        "/project?tab=services",
        "New service account",
        {"Name": "of a form"},
        "Make it",
        refused={"Name": LONG},
    ),
    PortalForm(
        "invitation",
        "/project?tab=members",
        "Invite",
        {"E-mail": "form@rig.example"},
        "Make a link",
        "The invitation's link",
    ),
    PortalForm(
        "project",
        "/project/new",
        None,
        {"Name": "Of a form", "Description": "To be left"},
        "Make project",
        refused={"Name": LONG, "Description": LONG * 10},
    ),
    PortalForm(
        "annotation",
        "/annotations",
        "Annotate",
        {"Note": "Of a form", "Tags": "form"},
        "Annotate",
        refused={"From": "no time", "To": "no time", "Tags": LONG},
    ),
    PortalForm(
        "calibration",
        "/calibrations/{sensor}",
        None,
        {"Note": "Of a form"},
        "Save version",
        "Activate version",
        {"Note": LONG * 10},
        is_dialog=False,
    ),
    PortalForm(
        "backfill",
        "/backfills/new",
        None,
        {"Reason": "Of a form", "Period": "last 1 h"},
        "Dry run",
        "How far it is",
        refused={"Reason": LONG},
        is_dialog=False,
    ),
)
