"""Every page of the portal, by its address; `tests/portal/test_places.py` finds one that is missing here."""

PLACES = (
    "/live",
    "/explore",
    "/explore?s={sensor}&live=60s",
    "/sensors",
    "/sensors/{sensor}",
    "/runs",
    "/runs/{run}",
    "/runs/{run}?tab=metrics",
    "/experiments/{experiment}",
    "/gateways",
    "/gateways/connect",
    "/backfills",
    "/backfills/new",
    "/backfills/new?s={sensor}&run={run}",
    "/calibrations",
    "/calibrations/{sensor}",
    "/imports",
    "/project",
    "/project/new",
    "/account",
    "/compare",
    "/compare?runs={run}",
    "/events",
    "/alarms",
    "/annotations",
    "/system",
    "/wall",
    "/no-such-page",
)
# Need something that a rig at its beginning does not have.
NOT_VISITED = {"/", "/backfills/:id", "/imports/:id", "/views/:id", "/wall/:id"}
