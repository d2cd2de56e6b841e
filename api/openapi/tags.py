"""The kinds of operations, and what each is about."""

TAGS = {
    "identity": "Accounts, log-ins by token, and passwords",
    "browser sessions": "Log-ins by cookie, for pages",
    "users": "All accounts, for admins",
    "projects": "What sensors, experiments and members belong to",
    "members": "Who may do what in a project",
    "invitations": "Links that make people members",
    "service accounts": "How scripts log in as themselves",
    "sensors": "The channels of a project",
    "conversion profiles": "Versioned rules from raw to physical values, and when each is valid",
    "ingest tokens": "What gateways send with",
    "imports": "Files of readings from the past",
    "readings": "What was measured, value by value",
    "series": "What was measured, as statistics over buckets of time or as samples for a plot",
    "dead letters": "Readings that were refused, kept as they came",
    "audit": "Who did what, when",
    "experiments": "Questions that runs are made for",
    "runs": "Goes at an experiment, with their parameters and sensors",
    "capture sessions": "Intervals of runs, and the readings in them",
    "history": "Changes of status of experiments, runs and capture sessions",
    "backfills": "Converting stored readings again, trying that out, and undoing it",
}
