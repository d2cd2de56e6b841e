-- Accounts, projects, sensors, conversion profiles, producers, and the readings they lead to.
-- Public ids are UUIDs; what hot rows point at carries an int4 surrogate beside it.

create extension if not exists timescaledb;
create extension if not exists btree_gist;

create table account (
    id uuid primary key default gen_random_uuid(),
    email text not null,
    name text not null default '',
    password_hash text not null,
    is_admin boolean not null default false,
    deactivated_at timestamptz,
    version int not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create unique index account_email_key on account (lower(email));

create table project (
    id int generated always as identity primary key,
    public_id uuid not null unique default gen_random_uuid(),
    name text not null,
    description text not null default '',
    raw_access text not null default 'members' check (raw_access in ('members', 'editors')),
    -- Readings older than this are refused; a bound on time is a bound on the chunks a commit locks.
    max_age_s bigint not null default 31536000 check (max_age_s between 60 and 3155760000),
    -- Moves with whatever ingest must obey: profiles in force, sensor status, tokens, accepted times.
    catalog_version bigint not null default 1,
    version int not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

create table member (
    project_id int not null references project on delete cascade,
    account_id uuid not null references account,
    role text not null check (role in ('owner', 'editor', 'viewer')),
    created_at timestamptz not null default now(),
    primary key (project_id, account_id)
);
create index member_account_id_idx on member (account_id);

create table sensor (
    id int generated always as identity primary key,
    public_id uuid not null unique default gen_random_uuid(),
    project_id int not null references project on delete cascade,
    key text not null check (length(key) between 1 and 500),
    name text not null default '',
    kind text not null default '',
    input_unit text not null default '',
    output_unit text not null default '',
    tags text[] not null default '{}',
    status text not null default 'registering'
        check (status in ('registering', 'active', 'inactive', 'decommissioned')),
    version int not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint sensor_key_key unique (project_id, key)
);

-- Apart from the sensor, so that a stream of readings never touches the row people edit.
create table sensor_liveness (
    sensor_id int primary key references sensor on delete cascade,
    last_seen_at timestamptz not null
) with (fillfactor = 50);

create table conversion_profile (
    id int generated always as identity primary key,
    public_id uuid not null unique default gen_random_uuid(),
    sensor_id int not null references sensor on delete cascade,
    number int not null,
    kind text not null,
    payload jsonb not null,
    content_hash text not null,
    note text not null default '',
    created_by uuid references account,
    version int not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint conversion_profile_number_key unique (sensor_id, number),
    unique (id, sensor_id)
);

-- Which version holds at which reading's time; at most one at any instant.
create table profile_validity (
    sensor_id int not null,
    profile_id int not null,
    during tstzrange not null check (not isempty(during)),
    foreign key (profile_id, sensor_id) references conversion_profile (id, sensor_id) on delete cascade,
    constraint profile_validity_overlap exclude using gist (sensor_id with =, during with &&)
);

create table ingest_token (
    id uuid primary key default gen_random_uuid(),
    project_id int not null references project on delete cascade,
    name text not null,
    token_hash bytea not null unique,
    sensors int[],
    producers text[],
    expires_at timestamptz,
    revoked_at timestamptz,
    created_by uuid references account,
    version int not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index ingest_token_project_id_idx on ingest_token (project_id);

create table producer (
    id int generated always as identity primary key,
    public_id uuid not null unique default gen_random_uuid(),
    project_id int not null references project on delete cascade,
    name text not null,
    epoch bigint not null default 1,
    last_seq bigint not null default 0,
    last_hash bytea,
    bound_at timestamptz not null default now(),
    created_at timestamptz not null default now(),
    constraint producer_name_key unique (project_id, name)
) with (fillfactor = 50);

-- 8-byte columns first, so that no row carries padding. No foreign keys: the catalog sees to that.
create table reading (
    time timestamptz not null,
    raw float8 not null,
    physical float8,
    sensor_id int not null,
    profile_id int,
    flags int2
);
select create_hypertable('reading', by_range('time', interval '1 day'), create_default_indexes => false);
-- Ascending, as batches are sorted: it doubles the rate of the COPY against (sensor_id, time desc).
create index reading_sensor_id_time_idx on reading (sensor_id, time);

-- Time that roll-ups must compute again: one row per commit and minute touched.
create table dirty_window (
    id bigint generated always as identity primary key,
    minute timestamptz not null,
    sensor_ids int[] not null
);
create index dirty_window_minute_idx on dirty_window (minute);

create table rejected_reading (
    id bigint generated always as identity primary key,
    public_id uuid not null unique default gen_random_uuid(),
    project_id int not null references project on delete cascade,
    received_at timestamptz not null default now(),
    producer_id int references producer on delete set null,
    seq bigint,
    index int not null,
    sensor text not null,
    sensor_id int,
    t_us bigint not null,
    value float8 not null,
    code text not null,
    replayed_at timestamptz
);
create index rejected_reading_project_id_idx on rejected_reading (project_id, received_at, id);

-- What became of a request that named an Idempotency-Key, written with its readings.
create table ingest_receipt (
    token_id uuid not null references ingest_token on delete cascade,
    key text not null,
    body_hash bytea not null,
    receipt jsonb not null,
    created_at timestamptz not null default now(),
    primary key (token_id, key)
);
create index ingest_receipt_created_at_idx on ingest_receipt (created_at);

-- What happened that others may want to hear of, written in the transaction that made it happen.
create table event (
    id bigint generated always as identity primary key,
    project_id int not null references project on delete cascade,
    kind text not null,
    payload jsonb not null,
    created_at timestamptz not null default now()
);
create index event_project_id_idx on event (project_id, id);
