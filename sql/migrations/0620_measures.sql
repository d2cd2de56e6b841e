-- Measures: numbers about a run that are made from its readings, and are made again when what they rest on changes.
--
-- The way of a change: readings -> dirty_window -> (the roll-ups that consume it) measure_due -> measure_value. A value is
-- stale as long as either of the two names it. Runs and capture sessions that change leave a row of measure_due themselves.

create table measure (
    id int generated always as identity primary key,
    public_id uuid not null unique default gen_random_uuid(),
    project_id int not null references project on delete cascade,
    name text not null,
    sensor_id int not null references sensor on delete cascade,
    stat text not null,
    layer text not null check (layer in ('physical', 'raw')),
    over text not null check (over in ('run', 'capture_session')),
    -- Only the time counts in which the last physical value of this sensor is above, or below.
    when_sensor_id int references sensor on delete cascade,
    when_above float8,
    when_below float8,
    -- Moves with what its values are computed by, and not with its name.
    definition int not null default 1,
    created_by uuid references account,
    version int not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint measure_name_key unique (project_id, name),
    check (num_nonnulls(when_above, when_below) = num_nonnulls(when_sensor_id))
);
create index measure_project_id_idx on measure (project_id, id);
create index measure_sensor_id_idx on measure (sensor_id);
create index measure_when_sensor_id_idx on measure (when_sensor_id) where when_sensor_id is not null;

-- A measure of a run that has ended, or of a capture session that has stopped. It is there before it is computed, so that
-- whatever changes from then on finds it.
create table measure_value (
    id bigint generated always as identity primary key,
    measure_id int not null references measure on delete cascade,
    run_id int not null references run on delete cascade,
    capture_session_id int references capture_session on delete cascade,
    -- When the measured sensor took part.
    stretches tstzmultirange not null,
    -- The measure's, by which it is to be computed.
    definition int not null,
    computed_at timestamptz,
    value float8,
    -- How many readings the value is made of.
    readings bigint not null default 0,
    profile_ids int[] not null default '{}',
    -- Why there is no value.
    problem text,
    -- What it took to compute, seconds: what is costly is computed less often.
    busy_s float4 not null default 0,
    constraint measure_value_subject_key unique nulls not distinct (measure_id, run_id, capture_session_id)
);
create index measure_value_run_id_idx on measure_value (run_id);
create index measure_value_capture_session_id_idx on measure_value (capture_session_id)
    where capture_session_id is not null;
-- For lists of runs, which filter and sort by measures over runs.
create index measure_value_value_idx on measure_value (measure_id, value, run_id) where capture_session_id is null;

-- Which readings a value rests on, or might: those that can't be told apart from them without reading.
create table measure_reach (
    value_id bigint not null references measure_value on delete cascade,
    sensor_id int not null,
    during tstzrange not null check (not isempty(during)),
    primary key (value_id, sensor_id)
);
create index measure_reach_during_idx on measure_reach using gist (sensor_id, during);

-- What is to be computed again: a value, all of a run, or all of a measure. A row of its own each time, as in fold_due, and
-- no foreign keys: who leaves a mark must not wait for whom it concerns, nor fail with it.
create table measure_due (
    id bigint generated always as identity primary key,
    value_id bigint,
    run_id int,
    measure_id int,
    -- Nobody is told of values that are only the first of a new definition.
    is_quiet boolean not null default false,
    created_at timestamptz not null default now(),
    held_until timestamptz,
    check (num_nonnulls(value_id, run_id, measure_id) = 1)
);
create index measure_due_value_id_idx on measure_due (value_id) where value_id is not null;
create index measure_due_run_id_idx on measure_due (run_id) where run_id is not null;
create index measure_due_measure_id_idx on measure_due (measure_id) where measure_id is not null;

-- Whoever consumes dirty windows passes on what they said. Here, because the worker of an earlier release must do so too.
create function mark_touched_measures() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    if exists (select from measure_reach) then
        insert into measure_due (value_id)
        select distinct reach.value_id
        from (
            select touched.sensor_id, min(gone.minute) as first, max(gone.minute) as last
            from gone
            cross join unnest(gone.sensor_ids) as touched (sensor_id)
            group by touched.sensor_id, date_bin('1 day', gone.minute, timestamptz 'epoch')
        ) as stretch
        join measure_reach as reach
            on reach.sensor_id = stretch.sensor_id
            and reach.during && tstzrange(stretch.first, stretch.last + interval '1 minute');
    end if;
    return null;
end
$$;
create trigger mark_measures after delete on dirty_window
    referencing old table as gone
    for each statement execute function mark_touched_measures();

-- Unconditional: to look whether there is a measure would miss one that is just being made.
create function mark_measures_of_run() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    insert into measure_due (run_id) values (new.id);
    return null;
end
$$;
create trigger mark_measures after update on run
    for each row when (old.status is distinct from new.status or old.finished_at is distinct from new.finished_at)
    execute function mark_measures_of_run();

create function mark_measures_of_session() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    insert into measure_due (run_id) values (coalesce(new.run_id, old.run_id));
    return null;
end
$$;
create trigger mark_measures after update on capture_session
    for each row
    when (old.started_at is distinct from new.started_at or old.stopped_at is distinct from new.stopped_at)
    execute function mark_measures_of_session();
create trigger mark_measures_of_past after insert on capture_session
    for each row when (new.stopped_at is not null)
    execute function mark_measures_of_session();
create trigger mark_measures_of_gone after delete on capture_session
    for each row when (old.stopped_at is not null)
    execute function mark_measures_of_session();

create function mark_measures_of_binding() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    insert into measure_due (run_id)
    select distinct session.run_id
    from changed
    join capture_session as session on session.id = changed.capture_session_id;
    return null;
end
$$;
create trigger mark_measures_of_bound after insert on capture_session_sensor
    referencing new table as changed
    for each statement execute function mark_measures_of_binding();
create trigger mark_measures_of_unbound after delete on capture_session_sensor
    referencing old table as changed
    for each statement execute function mark_measures_of_binding();

create function mark_measures_of_definition() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    insert into measure_due (measure_id, is_quiet) values (new.id, true);
    return null;
end
$$;
create trigger mark_measures_of_new after insert on measure
    for each row execute function mark_measures_of_definition();
create trigger mark_measures_of_changed after update on measure
    for each row when (old.definition <> new.definition)
    execute function mark_measures_of_definition();
