-- Computing measures where something is due; `backfill/measures/` says in which order.

-- name: lock_work
-- Of all workers one computes measures. Class 62 of the two-key advisory locks is this lock's.
select pg_try_advisory_lock(62, 0) as is_locked;

-- name: next_subjects
-- Runs whose sessions have changed, and definitions that are new, the oldest mark first.
select id, run_id, measure_id
from measure_due
where value_id is null and (held_until is null or held_until < now())
order by id
limit %(max_rows)s;

-- name: take_subjects
delete from measure_due where id = any(%(ids)s) returning run_id, measure_id, is_quiet;

-- name: runs_of_measure
-- Those that may have a value of it, in slices by id.
select coalesce(array_agg(id order by id), '{}') as ids
from (
    select run.id
    from measure
    join run on run.project_id = measure.project_id
    where measure.id = %(measure_id)s and run.id > %(after_id)s
    order by run.id
    limit %(max_runs)s
) as slice;

-- name: register
-- Which values there should be, of which stretches and by which definition; all that differs is due. Whatever might
-- matter is within its reach from now on: values are held from readings long before.
with wanted as materialized (
    select
        measure.id as measure_id,
        measure.sensor_id,
        measure.when_sensor_id,
        measure.stat,
        measure.definition,
        session.run_id,
        case measure.over when 'capture_session' then session.id end as capture_session_id,
        range_agg(tstzrange(session.started_at, session.stopped_at)) as stretches
    from run
    join measure on measure.project_id = run.project_id
    join capture_session as session on session.run_id = run.id
    join capture_session_sensor as taken
        on taken.capture_session_id = session.id and taken.sensor_id = measure.sensor_id
    where run.id = any(%(run_ids)s::int[])
        and (%(measure_id)s::int is null or measure.id = %(measure_id)s)
        and session.started_at is not null
        and session.stopped_at is not null
        and (measure.over = 'capture_session' or run.finished_at is not null)
    group by measure.id, session.run_id, 7
), gone as (
    delete from measure_value
    where run_id = any(%(run_ids)s::int[])
        and (%(measure_id)s::int is null or measure_id = %(measure_id)s)
        and not exists (
            select
            from wanted
            where wanted.measure_id = measure_value.measure_id
                and wanted.run_id = measure_value.run_id
                and wanted.capture_session_id is not distinct from measure_value.capture_session_id
        )
), kept as (
    insert into measure_value (measure_id, run_id, capture_session_id, stretches, definition)
    select measure_id, run_id, capture_session_id, stretches, definition
    from wanted
    on conflict on constraint measure_value_subject_key do update
    set stretches = excluded.stretches, definition = excluded.definition
    where measure_value.stretches <> excluded.stretches or measure_value.definition <> excluded.definition
    returning id, measure_id, run_id, capture_session_id
), reach as (
    select kept.id as value_id, needed.sensor_id, range_merge(range_agg(needed.during)) as during
    from kept
    join wanted
        on wanted.measure_id = kept.measure_id
        and wanted.run_id = kept.run_id
        and wanted.capture_session_id is not distinct from kept.capture_session_id
    cross join lateral (
        values
            (
                wanted.sensor_id,
                tstzrange(
                    lower(wanted.stretches)
                        - case wanted.stat when 'time_weighted_mean' then %(lookback)s else interval '0' end,
                    upper(wanted.stretches)
                )
            ),
            (
                wanted.when_sensor_id,
                tstzrange(lower(wanted.stretches) - %(lookback)s, upper(wanted.stretches))
            )
    ) as needed (sensor_id, during)
    where needed.sensor_id is not null and not isempty(wanted.stretches)
    group by kept.id, needed.sensor_id
), reached as (
    insert into measure_reach (value_id, sensor_id, during)
    select value_id, sensor_id, during
    from reach
    on conflict (value_id, sensor_id) do update set during = excluded.during
)
insert into measure_due (value_id, is_quiet)
select id, %(is_quiet)s
from kept;

-- name: next_values
-- Those that are due, the oldest mark first; what was costly rests a multiple of its time.
select due.value_id, min(due.id) as first_mark
from measure_due as due
left join measure_value as found on found.id = due.value_id
where due.value_id is not null
    and (due.held_until is null or due.held_until < now())
    and (
        found.computed_at is null
        or found.computed_at + found.busy_s * %(rest_factor)s::float8 * interval '1 second' < clock_timestamp()
    )
group by due.value_id
order by first_mark
limit %(max_rows)s;

-- name: take_value
-- Marks that this snapshot sees. Others stay, and have it computed again.
delete from measure_due where value_id = %(value_id)s returning is_quiet;

-- name: subject
-- What is to be computed, and of what by now: where the stretches have changed since, they are registered first.
select
    found.id,
    found.run_id,
    found.capture_session_id,
    found.definition,
    found.computed_at is not null as is_computed,
    found.definition <> measure.definition or found.stretches is distinct from now.stretches as is_outdated,
    coalesce(project.raw_from > lower(found.stretches), false) as is_kept,
    measure.id as measure_id,
    measure.sensor_id,
    measure.stat,
    measure.layer = 'raw' as is_raw,
    measure.when_sensor_id,
    measure.when_above,
    measure.when_below,
    array(
        select (extract(epoch from lower(stretch)) * 1000000)::int8
        from unnest(found.stretches) as stretch
        order by stretch
    ) as from_us,
    array(
        select (extract(epoch from upper(stretch)) * 1000000)::int8
        from unnest(found.stretches) as stretch
        order by stretch
    ) as to_us
from measure_value as found
join measure on measure.id = found.measure_id
join project on project.id = measure.project_id
cross join lateral (
    select range_agg(tstzrange(session.started_at, session.stopped_at)) as stretches
    from capture_session as session
    join capture_session_sensor as taken
        on taken.capture_session_id = session.id and taken.sensor_id = measure.sensor_id
    where session.run_id = found.run_id
        and session.started_at is not null
        and session.stopped_at is not null
        and (found.capture_session_id is null or session.id = found.capture_session_id)
) as now
where found.id = %(value_id)s;

-- name: reach
-- What is noted as that which the value may rest on.
select
    sensor_id,
    (extract(epoch from lower(during)) * 1000000)::int8 as from_us,
    (extract(epoch from upper(during)) * 1000000)::int8 as to_us
from measure_reach
where value_id = %(value_id)s;

-- name: owe_run
insert into measure_due (run_id, is_quiet) values (%(run_id)s, %(is_quiet)s);

-- name: owe_value
insert into measure_due (value_id, is_quiet) values (%(value_id)s, %(is_quiet)s);

-- name: widen
-- As far as values are held, from now on: the commit of this comes before the next snapshot.
update measure_reach
set during = tstzrange(
    least(lower(during), timestamptz 'epoch' + %(from_us)s * interval '1 microsecond'), upper(during)
)
where value_id = %(value_id)s and sensor_id = %(sensor_id)s;

-- name: narrow
-- What lies before is not what the value rests on.
update measure_reach
set during = tstzrange(timestamptz 'epoch' + %(from_us)s * interval '1 microsecond', upper(during))
where value_id = %(value_id)s
    and sensor_id = %(sensor_id)s
    and lower(during) < timestamptz 'epoch' + %(from_us)s * interval '1 microsecond';

-- name: keep
-- The value, and the event if it is another one than before, or the first.
with before as (
    select id, value, computed_at is not null as is_computed from measure_value where id = %(value_id)s
), kept as (
    update measure_value
    set
        value = %(value)s,
        readings = %(readings)s,
        profile_ids = %(profile_ids)s::int[],
        problem = %(problem)s,
        computed_at = now(),
        busy_s = %(busy_s)s
    where id = %(value_id)s
)
insert into event (project_id, kind, payload)
select
    measure.project_id,
    'measure.changed',
    jsonb_build_object(
        'measure_id', measure.public_id,
        'name', measure.name,
        'run_id', run.public_id,
        'run', run.name,
        'capture_session_id', session.public_id,
        -- Viewers of a project that hides raw values read its events, too; JSON has no infinities.
        'value',
        case
            when measure.layer = 'physical' and abs(%(value)s::float8) < 'infinity' then to_jsonb(%(value)s::float8)
        end,
        'readings', %(readings)s::int8
    )
from before
join measure_value as found on found.id = before.id
join measure on measure.id = found.measure_id
join run on run.id = found.run_id
left join capture_session as session on session.id = found.capture_session_id
where before.value is distinct from %(value)s::float8 and before.is_computed
    or not before.is_computed and not %(is_quiet)s;

-- name: hold
update measure_due
set held_until = now() + %(hold_s)s * interval '1 second'
where id = any(%(ids)s) or value_id = %(value_id)s;
