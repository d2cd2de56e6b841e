-- Recalibration: converting stored readings again. A backfill is a row; its plan is windows, each rewritten
-- in one transaction that leaves behind what it replaced.

create table backfill (
    id int generated always as identity primary key,
    public_id uuid not null unique default gen_random_uuid(),
    project_id int not null references project on delete cascade,
    status text not null default 'planned' check (
        status in (
            'planned', 'running', 'paused', 'finished', 'failed', 'cancelled', 'undoing', 'undone'
        )
    ),
    is_dry_run boolean not null,
    -- Null: the version that holds at each reading's time.
    profile_id int references conversion_profile,
    -- What the named version's range looked like before: who held which piece. Null: nothing was taken.
    timeline_before jsonb,
    -- What was asked for, as it was asked.
    wish jsonb not null,
    reason text not null check (length(reason) between 1 and 1000),
    -- Higher first. How much of the time of each worker's connection it may take.
    priority int2 not null default 0 check (priority between -100 and 100),
    share float4 not null default 1 check (share > 0 and share <= 1),
    -- Chunks that begin before this are planned.
    planned_until timestamptz,
    planned_at timestamptz,
    started_at timestamptz,
    finished_at timestamptz,
    undo_at timestamptz,
    error text,
    -- Readings of transactions younger than this arrived when its timeline held already.
    created_xid xid8 not null default pg_current_xact_id(),
    created_by uuid references account,
    version int not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index backfill_project_id_idx on backfill (project_id, id);
create index backfill_open_idx on backfill (priority desc, id)
    where status in ('planned', 'running', 'paused', 'undoing');

-- The readings a backfill is about. Of those that are open, no two touch; dry runs are never open.
create table backfill_scope (
    backfill_id int not null references backfill on delete cascade,
    sensor_id int not null references sensor on delete cascade,
    during tstzrange not null check (not isempty(during)),
    is_open boolean not null,
    constraint backfill_overlap exclude using gist (sensor_id with =, during with &&) where (is_open)
);
create index backfill_scope_backfill_id_idx on backfill_scope (backfill_id);
create index backfill_scope_sensor_id_idx on backfill_scope (sensor_id);

-- The plan, and the ledger of what is done. Windows of one backfill never overlap, and lie in one chunk each.
create table backfill_window (
    id bigint generated always as identity primary key,
    backfill_id int not null references backfill on delete cascade,
    -- Sensors that others need come first: a level begins when those below it are done.
    level int2 not null,
    sensor_ids int[] not null,
    during tstzrange not null,
    -- As planned, then as found.
    readings int not null,
    busy_s float4,
    attempts int2 not null default 0,
    done_at timestamptz,
    undone_at timestamptz
) with (fillfactor = 80);
create index backfill_window_backfill_id_idx on backfill_window (backfill_id);
create index backfill_window_pending_idx on backfill_window (backfill_id, level, id) where done_at is null;
create index backfill_window_done_at_idx on backfill_window (done_at desc) where done_at is not null;

-- What a window's rewriting replaced: columns of time, raw, physical, profile and flags
-- (`barograph/saved_values.py`), for undo, and for what was believed at an earlier time.
create table backfill_saved (
    id bigint generated always as identity primary key,
    project_id int not null references project on delete cascade,
    window_id bigint not null references backfill_window on delete cascade,
    sensor_ids int[] not null,
    during tstzrange not null,
    replaced_at timestamptz not null,
    columns bytea compression lz4 not null
);
create index backfill_saved_window_id_idx on backfill_saved (window_id);
create index backfill_saved_during_idx on backfill_saved using gist (project_id, during);

-- What a window's rewriting changed, or would change, of each of its sensors.
create table backfill_effect (
    window_id bigint not null references backfill_window on delete cascade,
    sensor_id int not null references sensor on delete cascade,
    readings int not null,
    changed int not null,
    -- Of readings with a physical value before and after; the change is new less old.
    compared int not null,
    change_sum float8 not null,
    change_max float8 not null,
    flags_set int not null,
    flags_cleared int not null,
    primary key (window_id, sensor_id)
);

-- Capture sessions that a backfill has moved to `backfilling`.
create table backfill_session (
    backfill_id int not null references backfill on delete cascade,
    capture_session_id int not null references capture_session on delete cascade,
    primary key (backfill_id, capture_session_id)
);
create index backfill_session_capture_session_id_idx on backfill_session (capture_session_id);

create function is_open(backfill_status text) returns boolean language sql immutable
return backfill_status in ('planned', 'running', 'paused', 'undoing');

-- A session stays `backfilling` as long as an open backfill touches it.
create function guard_backfilling() returns trigger language plpgsql as $$
begin
    if exists (
        select
        from backfill_session as touched
        join backfill on backfill.id = touched.backfill_id
        where touched.capture_session_id = new.id and is_open(backfill.status)
    ) then
        perform refuse('capture_session_is_backfilling');
    end if;
    return null;
end
$$;
create trigger guard_backfilling after update of status on capture_session
    for each row when (old.status = 'backfilling' and new.status <> 'backfilling')
    execute function guard_backfilling();
