-- Log-ins for people who ask in SQL. The views of `barograph_public` (`sql/views/sql_*.sql`) show each of them its
-- projects, and nobody else anything.

create schema barograph_public;
comment on schema barograph_public is
    'Read-only views of Barograph for people: projects, sensors, readings, runs and what belongs to them. Each log-in '
    'sees the projects that it was given. Times are timestamptz, ids are those of the API.';
-- A view shows rows to those alone whom it knows as `session_user`.
grant usage on schema barograph_public to public;

create table sql_role (
    -- PostgreSQL's name of the role. Roles belong to the server, and are not in a back-up of this database.
    name name primary key,
    -- Whether it sees raw values where a project hides them from viewers.
    shows_raw boolean not null default false,
    -- Null: never.
    expires_at timestamptz,
    created_at timestamptz not null default now()
);

create table sql_role_project (
    name name not null references sql_role on delete cascade,
    project_id int not null references project on delete cascade,
    primary key (name, project_id)
);
create index sql_role_project_project_id_idx on sql_role_project (project_id);

-- `sql/views/sql_buckets.sql` says what it does.
create function bucket_now(
    of_sensor int,
    of_tier_s int,
    start timestamptz,
    out raw_count bigint,
    out raw_mean float8,
    out raw_m2 float8,
    out raw_min float8,
    out raw_max float8,
    out raw_first float8,
    out raw_last float8,
    out physical_count bigint,
    out physical_mean float8,
    out physical_m2 float8,
    out physical_min float8,
    out physical_max float8,
    out physical_first float8,
    out physical_last float8
) returns setof record language plpgsql stable rows 1 security definer set search_path = public, pg_temp as $$
begin
end
$$;

-- Minutes whose seconds are not kept: of those, seconds are told from readings.
create index rollup_sparse_minute_idx on rollup (sensor_id, bucket) where tier_s = 60 and not has_seconds;
