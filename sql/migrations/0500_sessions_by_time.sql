-- A project's capture sessions by when they started, which a plot asks for.
create index capture_session_started_at_idx on capture_session (project_id, started_at, id)
    where started_at is not null;
