-- Limits of sensors, and what violates them: alarms of readings that arrive live, excursions of all others.

alter table sensor
    add column silent_after_s int check (silent_after_s between 1 and 31536000);
create index sensor_silent_after_idx on sensor (id) where silent_after_s is not null;

create table sensor_limit (
    id int generated always as identity primary key,
    public_id uuid not null unique default gen_random_uuid(),
    sensor_id int not null references sensor on delete cascade,
    level text not null check (level in ('warning', 'critical')),
    -- Of physical values; null where it is open.
    min float8,
    max float8,
    hysteresis float8 not null default 0,
    delay_s float8 not null default 0,
    -- The times of readings for which it is valid.
    during tstzrange not null check (not isempty(during)),
    created_by uuid references account,
    version int not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    -- Its alarms and excursions stay, and say what it was.
    deleted_at timestamptz,
    check (num_nonnulls(min, max) > 0)
);
create index sensor_limit_sensor_id_idx on sensor_limit (sensor_id) where deleted_at is null;

create table alarm (
    id bigint generated always as identity primary key,
    public_id uuid not null unique default gen_random_uuid(),
    project_id int not null references project on delete cascade,
    sensor_id int not null references sensor on delete cascade,
    -- Null: the sensor is silent.
    limit_id int references sensor_limit on delete cascade,
    level text not null check (level in ('warning', 'critical')),
    -- Of a limit: the times and values of readings. Of silence: the server's clock.
    since timestamptz not null,
    raised_at timestamptz not null,
    value float8,
    cleared_at timestamptz,
    cleared_value float8,
    -- What ended it, if no reading did.
    end_reason text check (end_reason in ('limit-deleted', 'not-watched')),
    acknowledged_at timestamptz,
    acknowledged_by uuid references account,
    comment text,
    version int not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index alarm_project_id_idx on alarm (project_id, id);
create index alarm_sensor_id_idx on alarm (sensor_id, id);
create unique index alarm_active_limit_idx on alarm (limit_id) where cleared_at is null and limit_id is not null;
create unique index alarm_active_silence_idx on alarm (sensor_id) where cleared_at is null and limit_id is null;
create index alarm_active_project_idx on alarm (project_id, id) where cleared_at is null;
create index alarm_cleared_at_idx on alarm (limit_id, cleared_at);

-- Limits that something violates: with an alarm it is active, without one its delay has not passed.
create table limit_standing (
    limit_id int primary key references sensor_limit on delete cascade,
    sensor_id int not null references sensor on delete cascade,
    project_id int not null references project on delete cascade,
    since_us bigint not null,
    is_raised boolean not null
);
create index limit_standing_project_id_idx on limit_standing (project_id);

-- How far the live readings of a project's sensors with limits have come: a row for each commit, until one gathers them.
create table limit_progress (
    project_id int not null references project on delete cascade,
    -- Records of 12 bytes, little-endian: int32 sensor, int64 the greatest time of a live reading.
    newest bytea not null
);
create index limit_progress_project_id_idx on limit_progress (project_id);
alter table limit_progress alter column newest set storage external;

-- A stretch of stored readings that violate a limit, at least one of which came late or as history, or was rewritten.
create table excursion (
    id bigint generated always as identity primary key,
    public_id uuid not null unique default gen_random_uuid(),
    project_id int not null references project on delete cascade,
    sensor_id int not null references sensor on delete cascade,
    limit_id int not null references sensor_limit on delete cascade,
    -- The first and the last reading that violate it.
    from_us bigint not null,
    to_us bigint not null,
    extreme float8 not null,
    extreme_us bigint not null,
    readings bigint not null,
    -- The times that make it one, the first thousand: where it falls apart, parts without any are none.
    odd_us bigint[] not null,
    created_at timestamptz not null default now()
);
create index excursion_project_id_idx on excursion (project_id, id);
create index excursion_project_to_idx on excursion (project_id, to_us);
create index excursion_sensor_to_idx on excursion (sensor_id, to_us);
create index excursion_limit_id_idx on excursion (limit_id, id);
create index excursion_limit_to_idx on excursion (limit_id, to_us);

-- Where excursions are to be computed again.
create table excursion_due (
    id bigint generated always as identity primary key,
    project_id int not null references project on delete cascade,
    sensor_id int not null references sensor on delete cascade,
    from_us bigint not null,
    to_us bigint not null,
    -- Stretches that hold one of these times are excursions from now on; of the whole, those between the two of them.
    t_us bigint[] not null,
    is_whole boolean not null default false,
    -- Work that fails is put aside until then.
    held_until timestamptz
);
create index excursion_due_project_to_idx on excursion_due (project_id, to_us);
create index excursion_due_sensor_id_idx on excursion_due (sensor_id, to_us);

create function note_changed_limits() returns trigger language plpgsql
security definer set search_path = public, pg_temp
as $$
begin
    insert into catalog_change (project_id, version, sensor_ids)
    select project.id, project.catalog_version, array_agg(distinct sensor.id)
    from changed
    join sensor on sensor.id = changed.sensor_id
    join project on project.id = sensor.project_id
    group by project.id;
    return null;
end
$$;
create trigger sensor_limit_note_insert after insert on sensor_limit
referencing new table as changed for each statement execute function note_changed_limits();
create trigger sensor_limit_note_update after update on sensor_limit
referencing new table as changed for each statement execute function note_changed_limits();
create trigger sensor_limit_note_delete after delete on sensor_limit
referencing old table as changed for each statement execute function note_changed_limits();

-- What events say of an alarm.
create function alarm_news(told alarm) returns jsonb language sql stable as $$
    select jsonb_build_object(
        'alarm_id', told.public_id,
        'sensor_id', sensor.public_id,
        'sensor', sensor.key,
        'kind', case when told.limit_id is null then 'silence' else 'limit' end,
        'limit_id', (select public_id from sensor_limit where id = told.limit_id),
        'level', told.level,
        'since', to_char(told.since at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'raised_at', to_char(told.raised_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'value', told.value,
        'cleared_at', to_char(told.cleared_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'cleared_value', told.cleared_value,
        'end_reason', told.end_reason
    )
    from sensor
    where sensor.id = told.sensor_id
$$;

create function violates_limit(given sensor_limit, at timestamptz, value float8) returns boolean
language sql immutable as $$
    select given.during @> at
        and (value < coalesce(given.min, '-Infinity') or value > coalesce(given.max, 'Infinity'))
$$;
-- Whether an alarm of the limit ends.
create function clears_limit(given sensor_limit, at timestamptz, value float8) returns boolean
language sql immutable as $$
    select not given.during @> at
        or (
            value >= coalesce(given.min, '-Infinity') + given.hysteresis
            and value <= coalesce(given.max, 'Infinity') - given.hysteresis
        )
$$;

-- What most commits do, in one call: nothing of theirs is out of the ordinary, so they note how far live readings have
-- come (null: none is live). False if something may be: then nothing was written, and no lock is held.
create function pass_limits(of_project int, sensor_ids int[], oldest_us bigint, newest bytea, max_commits int)
returns boolean language plpgsql as $$
begin
    perform pg_advisory_xact_lock_shared(43, of_project);
    -- Statements of their own after the lock: their snapshots must be younger.
    if exists (select from limit_standing where project_id = of_project and sensor_id = any(sensor_ids))
        or (select count(*) from limit_progress where project_id = of_project) > max_commits
        or exists (select from excursion where project_id = of_project and to_us >= oldest_us)
        or exists (select from excursion_due where project_id = of_project and to_us >= oldest_us)
    then
        raise exception using errcode = 'BG001';
    end if;
    if newest is not null then
        insert into limit_progress (project_id, newest) values (of_project, newest);
    end if;
    return true;
exception when sqlstate 'BG001' then
    return false;
end
$$;
