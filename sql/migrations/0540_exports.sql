-- Exports that a worker makes: a file each, kept for a while. What is to be in it was decided when it was asked for.

create table export (
    id int generated always as identity primary key,
    public_id uuid not null unique default gen_random_uuid(),
    project_id int not null references project on delete cascade,
    status text not null default 'waiting'
        check (status in ('waiting', 'running', 'finished', 'failed', 'cancelled')),
    failure text not null default '',
    -- As it was asked for, to be shown.
    question jsonb not null,
    -- Sensors, times and form, as the worker reads them.
    scope jsonb not null,
    shows_raw boolean not null,
    -- Estimated until it is finished.
    rows_total bigint not null,
    rows_done bigint not null default 0,
    size_bytes bigint not null default 0,
    sha256 bytea check (length(sha256) = 32),
    -- Workers that took it up; an export that ends them is given up.
    attempts int not null default 0,
    created_by uuid references account,
    started_at timestamptz,
    ended_at timestamptz,
    version int not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint export_has_its_file check (status <> 'finished' or sha256 is not null)
);
create index export_project_id_idx on export (project_id, id);
create index export_open_idx on export (id) where status in ('waiting', 'running');
