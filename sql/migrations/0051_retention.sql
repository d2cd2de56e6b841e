-- How long a project keeps its readings and their roll-ups.

alter table project
    -- Null: for ever. Roll-ups are kept at least as long as what they were made from.
    add column raw_keep_days int check (raw_keep_days between 1 and 36525),
    add column rollup_keep_days int check (rollup_keep_days between 1 and 36525),
    add constraint project_keeps_rollups_longer check (
        rollup_keep_days is null or (raw_keep_days is not null and rollup_keep_days >= raw_keep_days)
    ),
    -- Readings, and roll-ups, before this are gone or about to go; ingest refuses them. Null: none are.
    -- Always a day's start in UTC, never lowered.
    add column raw_from timestamptz,
    add column rollup_from timestamptz;
