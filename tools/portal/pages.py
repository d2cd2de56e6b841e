"""Every page of the portal by its address, with what a running system has to show in it."""

from collections.abc import Mapping

from playwright.sync_api import APIRequestContext

PAGES = (
    "/login",
    "/",
    "/live",
    "/wall",
    "/wall/{view}",
    "/explore?s={sensor}&live=15m",
    "/views/{view}",
    "/runs",
    "/runs/{run}",
    "/experiments/{experiment}",
    "/compare",
    "/sensors",
    "/sensors/{sensor}",
    "/gateways",
    "/gateways/connect",
    "/calibrations",
    "/calibrations/{sensor}",
    "/backfills",
    "/backfills/new?s={sensor}",
    "/backfills/{backfill}",
    "/files",
    "/imports",
    "/imports/{import}",
    "/alarms",
    "/events",
    "/annotations",
    "/project",
    "/project/new",
    "/account",
    "/system",
)
LISTS = {
    "sensor": "sensors",
    "run": "runs",
    "experiment": "experiments",
    "backfill": "backfills",
    "import": "imports",
    "view": "views",
}


def filled_pages(request: APIRequestContext, api_url: str) -> dict[str, str]:
    """Addresses by a name for each; a page whose thing the first project does not have is left out."""
    ids = _first_ids(request, api_url)
    filled: dict[str, str] = {}
    for page in PAGES:
        try:
            filled[_name_of(page)] = page.format_map(ids)
        except KeyError:
            continue
    return filled


def _first_ids(request: APIRequestContext, api_url: str) -> Mapping[str, str]:
    projects = request.get(f"{api_url}/api/v1/projects?limit=1").json()["items"]
    if not projects:
        return {}
    project = f"{api_url}/api/v1/projects/{projects[0]['id']}"
    found = {name: request.get(f"{project}/{items}?limit=1").json()["items"] for name, items in LISTS.items()}
    return {name: items[0]["id"] for name, items in found.items() if items}


def _name_of(page: str) -> str:
    parts = page.partition("?")[0].strip("/").replace("{", "").replace("}", "").split("/")
    return "-".join(part for part in parts if part) or "home"
