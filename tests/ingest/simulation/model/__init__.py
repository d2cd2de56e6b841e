"""A model of PostgreSQL, as far as ingest leans on it."""
