-- A project as large as the benchmark of the API says, made at once.

-- name: without_triggers
-- Checks and triggers row by row would take minutes; what is made here needs neither.
select set_config('session_replication_role', 'replica', true);

-- name: project
insert into project (name) values ('benchmark') returning id, public_id;

-- name: accounts
with added as (
    insert into account (email, password_hash)
    select format('caller-%%s@example.org', number), %(password_hash)s
    from generate_series(1, %(accounts)s) as number
    returning id
)
insert into member (project_id, account_id, role)
select %(project_id)s, id, 'editor' from added;

-- name: sensors
with added as (
    insert into sensor (project_id, key, name, kind, input_unit, output_unit, tags, status)
    select
        %(project_id)s,
        format('rig-%%s.channel-%%s', number %% 40, number),
        format('Channel %%s', number),
        (array['pressure', 'temperature', 'flow', 'vibration'])[number %% 4 + 1],
        'V',
        'bar',
        array[format('rig-%%s', number %% 40)],
        'active'
    from generate_series(1, %(sensors)s) as number
    returning id
)
insert into sensor_liveness (sensor_id, last_seen_at)
select id, now() from added;

-- name: experiments
insert into experiment (project_id, name, tags, status, started_at)
select %(project_id)s, format('Series %%s', number), array['endurance'], 'running', now()
from generate_series(1, %(experiments)s) as number;

-- name: runs
-- Of the last hundred days; every tenth still runs, and each has four sensors.
insert into run (
    project_id, experiment_id, name, params, git_sha, env, tags, notes, metadata, status,
    started_at, finished_at, created_at, updated_at, created_by, last_ordinal, sensor_ids
)
select
    %(project_id)s,
    experiments.ids[number %% array_length(experiments.ids, 1) + 1],
    format('Run %%s', number),
    jsonb_build_object('pressure_bar', number %% 50, 'injector', 'B', 'repeat', number %% 7),
    substr(md5((number / 100)::text), 1, 12),
    '"stand 2"',
    array[format('rig-%%s', number %% 40), format('week-%%s', number / 1000)],
    format('Started by shift %%s, nothing unusual.', number %% 3),
    '{"operator": "night shift"}',
    case number %% 10 when 0 then 'running' when 1 then 'failed' else 'finished' end,
    times.start,
    case when number %% 10 <> 0 then times.start + interval '1 hour' end,
    times.start,
    times.start,
    accounts.ids[number %% array_length(accounts.ids, 1) + 1],
    1,
    array(
        select sensors.ids[(number * 4 + place) %% array_length(sensors.ids, 1) + 1]
        from generate_series(1, 4) as place
    )
from generate_series(1, %(runs)s) as number
cross join lateral (select now() - number * interval '100 days' / %(runs)s as start) as times
cross join (select array_agg(id) as ids from experiment where project_id = %(project_id)s) as experiments
cross join (select array_agg(account_id) as ids from member where project_id = %(project_id)s) as accounts
cross join (select array_agg(id) as ids from sensor where project_id = %(project_id)s) as sensors;

-- name: run_sensors
insert into run_sensor (project_id, run_id, sensor_id)
select project_id, id, unnest(sensor_ids) from run where project_id = %(project_id)s;

-- name: capture_sessions
-- One in each run, with the run's sensors.
with added as (
    insert into capture_session (
        project_id, run_id, ordinal, status, started_at, stopped_at, created_at, updated_at
    )
    select
        project_id,
        id,
        1,
        case when finished_at is null then 'running' else 'succeeded' end,
        started_at,
        finished_at,
        created_at,
        created_at
    from run
    where project_id = %(project_id)s
    returning id, run_id
)
insert into capture_session_sensor (capture_session_id, sensor_id)
select added.id, unnest(run.sensor_ids)
from added
join run on run.id = added.run_id;

-- name: readings
-- The last hour of each sensor, at one a second for those that series are asked of.
insert into reading (time, raw, physical, sensor_id)
select
    date_trunc('second', now()) - second * interval '1 second',
    sin(second / 60.0),
    25 * sin(second / 60.0) - 12.5,
    id
from sensor
cross join generate_series(0, case when id <= %(live_sensors)s then 3599 else 9 end) as second
where project_id = %(project_id)s
order by id, second desc;

-- name: mark_dirty
insert into dirty_window (minute, sensor_ids)
select date_trunc('minute', time), array_agg(distinct sensor_id)
from any_reading
group by 1;

-- name: settle
vacuum (analyze);

-- name: run_ids
select public_id from run where project_id = %(project_id)s order by id desc limit %(max_rows)s;

-- name: sensor_ids
select public_id from sensor where project_id = %(project_id)s order by id limit %(max_rows)s;

-- name: experiment_ids
select public_id from experiment where project_id = %(project_id)s order by id;
