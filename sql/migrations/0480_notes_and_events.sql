-- What people keep about readings: annotations of times, and views of plots. Events that can be named and followed.

create table annotation (
    id int generated always as identity primary key,
    public_id uuid not null unique default gen_random_uuid(),
    project_id int not null references project on delete cascade,
    run_id int,
    from_time timestamptz not null,
    -- Null: a moment.
    to_time timestamptz,
    text text not null,
    tags text[] not null default '{}',
    -- Of whom it speaks; empty: of all. One that is deleted later stays here, or it would speak of all then.
    sensor_ids int[] not null default '{}',
    created_by uuid references account,
    version int not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint annotation_run_id_fkey foreign key (run_id, project_id)
        references run (id, project_id) on delete cascade,
    constraint annotation_has_its_times check (to_time >= from_time)
);
create index annotation_from_idx on annotation (project_id, from_time, id);
create index annotation_created_at_idx on annotation (project_id, created_at, id);
create index annotation_run_id_idx on annotation (run_id) where run_id is not null;
create index annotation_tags_idx on annotation using gin (project_id, tags);
create index annotation_q_idx on annotation using gin (project_id, lower(text) gin_trgm_ops);

create table saved_view (
    id int generated always as identity primary key,
    public_id uuid not null unique default gen_random_uuid(),
    project_id int not null references project on delete cascade,
    name text not null,
    is_shared boolean not null,
    spec jsonb not null,
    created_by uuid not null references account,
    version int not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create unique index saved_view_name_key on saved_view (project_id, created_by, lower(name));
create index saved_view_created_by_idx on saved_view (project_id, created_by, id);

create index sensor_q_idx on sensor using gin (project_id, lower(key || ' ' || name) gin_trgm_ops);

-- A number is given out again by a restored database; an id is not.
alter table event add column public_id uuid not null default gen_random_uuid();
create unique index event_public_id_key on event (public_id);
create index event_kind_idx on event (project_id, kind, id);
