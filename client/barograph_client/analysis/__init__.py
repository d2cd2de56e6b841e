"""`Client`, for people and scripts: questions about readings, runs that record themselves, files."""
