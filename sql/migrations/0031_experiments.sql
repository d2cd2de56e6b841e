-- Experiments, their runs, and the intervals of runs in which readings are captured.

create extension if not exists btree_gin;
create extension if not exists pg_trgm;

create table experiment (
    id int generated always as identity primary key,
    public_id uuid not null unique default gen_random_uuid(),
    project_id int not null references project on delete cascade,
    name text not null,
    description text not null default '',
    tags text[] not null default '{}',
    metadata jsonb not null default '{}',
    status text not null default 'draft'
        check (status in ('draft', 'running', 'finished', 'failed', 'archived')),
    started_at timestamptz,
    finished_at timestamptz,
    created_by uuid references account,
    version int not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (id, project_id),
    constraint experiment_has_its_times check (
        (status <> 'draft' or started_at is null)
        and (status <> 'running' or (started_at is not null and finished_at is null))
        and (status not in ('finished', 'failed') or finished_at is not null)
        and finished_at >= started_at
    )
);
create unique index experiment_name_key on experiment (project_id, lower(name));

-- What its sensors are is told by run_sensor; here for the filter, because statistics of the array say
-- whether to begin with the sensor or with the list's order.
create table run (
    id int generated always as identity primary key,
    public_id uuid not null unique default gen_random_uuid(),
    project_id int not null references project on delete cascade,
    experiment_id int not null,
    name text not null,
    params jsonb not null default '{}',
    git_sha text,
    env jsonb,
    tags text[] not null default '{}',
    notes text not null default '',
    metadata jsonb not null default '{}',
    status text not null default 'draft'
        check (status in ('draft', 'running', 'finished', 'failed', 'archived')),
    started_at timestamptz,
    finished_at timestamptz,
    auto_finish_after_s bigint check (auto_finish_after_s > 0),
    sensor_ids int[] not null default '{}',
    last_ordinal int not null default 0,
    created_by uuid references account,
    version int not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (id, project_id),
    constraint run_experiment_id_fkey foreign key (experiment_id, project_id)
        references experiment (id, project_id),
    constraint run_has_its_times check (
        (status <> 'draft' or started_at is null)
        and (status <> 'running' or (started_at is not null and finished_at is null))
        and (status not in ('finished', 'failed') or finished_at is not null)
        and finished_at >= started_at
    )
);

alter table sensor add constraint sensor_id_project_id_key unique (id, project_id);

-- The sensors of a run, today.
create table run_sensor (
    run_id int not null,
    sensor_id int not null,
    project_id int not null,
    bound_by uuid references account,
    bound_at timestamptz not null default now(),
    primary key (run_id, sensor_id),
    foreign key (run_id, project_id) references run (id, project_id) on delete cascade,
    foreign key (sensor_id, project_id) references sensor (id, project_id) on delete cascade
);
create index run_sensor_sensor_id_idx on run_sensor (sensor_id);

create table capture_session (
    id int generated always as identity primary key,
    public_id uuid not null unique default gen_random_uuid(),
    project_id int not null references project on delete cascade,
    run_id int not null,
    ordinal int not null,
    notes text not null default '',
    metadata jsonb not null default '{}',
    status text not null default 'draft'
        check (status in ('draft', 'running', 'succeeded', 'failed', 'backfilling', 'archived')),
    started_at timestamptz,
    stopped_at timestamptz,
    created_by uuid references account,
    version int not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint capture_session_ordinal_key unique (run_id, ordinal),
    foreign key (run_id, project_id) references run (id, project_id) on delete cascade,
    constraint capture_session_has_its_times check (
        (status <> 'draft' or started_at is null)
        and (status <> 'running' or (started_at is not null and stopped_at is null))
        and (status not in ('succeeded', 'failed', 'backfilling') or stopped_at is not null)
        and stopped_at >= started_at
    )
);
create index capture_session_active_idx on capture_session (run_id)
    where status in ('running', 'backfilling');

-- The sensors of a session: those of its run when it started, and those added while it ran. It stays what
-- it was when the run's sensors change later, so that readings which come late still find their session.
create table capture_session_sensor (
    capture_session_id int not null references capture_session on delete cascade,
    sensor_id int not null references sensor on delete cascade,
    primary key (capture_session_id, sensor_id)
);
create index capture_session_sensor_sensor_id_idx on capture_session_sensor (sensor_id);

-- Every move from one status to another. No foreign keys: history is not deleted with what it is about.
create table status_change (
    id bigint generated always as identity primary key,
    kind text not null check (kind in ('experiment', 'run', 'capture_session')),
    subject_id int not null,
    from_status text not null,
    to_status text not null,
    actor_id uuid,
    actor text not null,
    role text,
    reason text,
    at timestamptz not null default clock_timestamp()
);
create index status_change_subject_idx on status_change (kind, subject_id, id);

-- Lists: a filter's index goes on in the order of the list, newest first; each order has its own. What
-- has not started or finished comes after what has.
create index experiment_created_at_idx on experiment (project_id, created_at, id);
create index experiment_started_at_idx on experiment (project_id, coalesce(started_at, 'infinity'), id);
create index experiment_finished_at_idx on experiment (project_id, coalesce(finished_at, 'infinity'), id);
create index experiment_name_idx on experiment (project_id, lower(name), id);
create index experiment_status_idx on experiment (project_id, status, created_at, id);
create index experiment_created_by_idx on experiment (project_id, created_by, created_at, id);
create index experiment_tags_idx on experiment using gin (project_id, tags);
create index experiment_q_idx on experiment
    using gin (project_id, lower(name || ' ' || description) gin_trgm_ops);

create index run_created_at_idx on run (project_id, created_at, id);
create index run_started_at_idx on run (project_id, coalesce(started_at, 'infinity'), id);
create index run_finished_at_idx on run (project_id, coalesce(finished_at, 'infinity'), id);
create index run_name_idx on run (project_id, lower(name), id);
create index run_status_idx on run (project_id, status, created_at, id);
create index run_created_by_idx on run (project_id, created_by, created_at, id);
create index run_git_sha_idx on run (project_id, git_sha, created_at, id) where git_sha is not null;
create index run_tags_idx on run using gin (project_id, tags);
create index run_q_idx on run using gin (project_id, lower(name || ' ' || notes) gin_trgm_ops);
create index run_sensor_ids_idx on run using gin (sensor_ids);
create index run_experiment_id_idx on run (experiment_id, created_at, id);

create index run_running_idx on run (experiment_id) where status = 'running';
create index run_auto_finish_idx on run (started_at)
    where status = 'running' and auto_finish_after_s is not null;
create index capture_session_running_idx on capture_session (started_at) where status = 'running';
