-- Comparisons: what the members are, and where their T0 lies. What they measured is read as for series.

-- name: runs
select
    run.id,
    run.public_id as run_id,
    null::uuid as capture_session_id,
    run.name,
    null::int as ordinal,
    run.params,
    run.started_at,
    run.id as in_run,
    run.project_id as in_project,
    project.public_id as project_id
from run
join project on project.id = run.project_id
where run.id = any(%(ids)s);

-- name: capture_sessions
select
    capture_session.id,
    run.public_id as run_id,
    capture_session.public_id as capture_session_id,
    run.name,
    capture_session.ordinal,
    run.params,
    run.started_at,
    run.id as in_run,
    run.project_id as in_project,
    project.public_id as project_id
from capture_session
join run on run.id = capture_session.run_id
join project on project.id = run.project_id
where capture_session.id = any(%(ids)s);

-- name: intervals
-- The capture sessions of runs that have started, earliest first, with those of the sensors that they took.
select
    capture_session.id,
    capture_session.run_id as in_run,
    capture_session.ordinal,
    capture_session.started_at,
    capture_session.stopped_at,
    array(
        select taken.sensor_id
        from capture_session_sensor as taken
        where taken.capture_session_id = capture_session.id and taken.sensor_id = any(%(sensor_ids)s)
    ) as sensor_ids
from capture_session
where capture_session.run_id = any(%(run_ids)s) and capture_session.started_at is not null
order by capture_session.started_at, capture_session.id;

-- name: sensors
select
    sensor.id,
    sensor.public_id,
    sensor.project_id as in_project,
    sensor.key,
    sensor.input_unit,
    sensor.output_unit,
    project.raw_from
from sensor
join project on project.id = sensor.project_id
where sensor.project_id = any(%(project_ids)s) and sensor.key = any(%(keys)s);

-- name: metrics
-- The metrics of these names that runs have.
select id, run_id as in_run, name
from run_metric
where run_id = any(%(run_ids)s) and name = any(%(names)s::text[]);

-- name: steps_in_short
-- Of each metric between two steps, from what is kept of it in short: how many points, where those lie that can be
-- compared, and all of them together. Deviations are of values whose squares are no trouble; `is_plain` tells whether
-- all are such.
select held.*
from unnest(%(metric_ids)s::int[], %(froms)s::int8[], %(tos)s::int8[])
    with ordinality as asked (metric_id, first, last, place)
cross join lateral (
    with part as materialized (
        select *
        from comparable_parts(asked.metric_id, asked.first, asked.last, -(1::int8 << 55), 1::int8 << 56)
    ), plain as (
        select
            sum(points) as points,
            quotient(sum(large) * 2::float8 ^ 32 + sum(small), sum(points)) as mean
        from part
        where points > 0 and greatest(abs(lowest), abs(highest)) < 1e140
    )
    select
        coalesce(sum(part.points), 0) as points,
        coalesce(sum(part.left_out), 0) as left_out,
        min(part.first_step) filter (where part.points > 0) as first,
        max(part.last_step) filter (where part.points > 0) as last,
        coalesce(keeps_squares(min(part.lowest), max(part.highest)), false) as is_plain,
        sum(part.points) as whole_count,
        min(part.lowest) as whole_min,
        max(part.highest) as whole_max,
        sum(part.small) as whole_small,
        sum(part.large) as whole_large,
        case
            when min(plain.points) > 1
                then sqrt(
                    sum(
                        part.m2
                        + part.points
                        * square(quotient(part.large * 2::float8 ^ 32 + part.small, part.points) - plain.mean)
                    ) filter (where part.points > 0 and greatest(abs(part.lowest), abs(part.highest)) < 1e140)
                    / (min(plain.points) - 1)
                )
            else 'NaN'
        end as whole_deviation
    from part
    cross join plain
) as held
order by asked.place;

-- name: step_buckets
-- Buckets of steps, from what is kept of metrics in short where it lies in one of them.
select bucket.*
from unnest(
    %(metric_ids)s::int[], %(froms)s::int8[], %(tos)s::int8[], %(origins)s::int8[]
) with ordinality as asked (metric_id, first, last, origin, place)
cross join lateral (
    select
        array_agg(number order by number) as index,
        array_agg(points order by number) as count,
        array_agg(first_point.value order by number) as first,
        array_agg(lowest order by number) as min,
        array_agg(highest order by number) as max,
        array_agg(last_point.value order by number) as last,
        array_agg(small order by number) as small,
        array_agg(large order by number) as large
    from (
        select
            (part.first_step - asked.origin) / %(width)s as number,
            sum(part.points) as points,
            min(part.first_step) as first_step,
            max(part.last_step) as last_step,
            min(part.lowest) as lowest,
            max(part.highest) as highest,
            sum(part.small) as small,
            sum(part.large) as large
        from comparable_parts(asked.metric_id, asked.first, asked.last, asked.origin, %(width)s) as part
        where part.points > 0
        group by 1
    ) as bucket
    join metric_point as first_point on first_point.metric_id = asked.metric_id and first_point.step = bucket.first_step
    join metric_point as last_point on last_point.metric_id = asked.metric_id and last_point.step = bucket.last_step
) as bucket
order by asked.place;

-- name: logged_spans
-- Of each metric in its part of the axis, which is steps or times in microseconds: how many points, and from where to
-- where those lie that can be compared.
select held.*
from unnest(%(metric_ids)s::int[], %(froms)s::int8[], %(tos)s::int8[])
    with ordinality as asked (metric_id, first, last, place)
cross join lateral (
    select
        count(*) filter (where is_finite) as points,
        count(*) filter (where not is_finite) as left_out,
        min(position) filter (where is_finite) as first,
        max(position) filter (where is_finite) as last
    from (
        select
            point.value,
            point.value not in ('NaN', 'Infinity', '-Infinity') as is_finite,
            case when %(is_by_step)s then point.step else (extract(epoch from point.time) * 1000000)::int8 end as position
        from metric_point as point
        where point.metric_id = asked.metric_id
            and (not %(is_by_step)s or (point.step >= asked.first and point.step < asked.last))
    ) as point
    where position >= asked.first and position < asked.last
) as held
order by asked.place;

-- name: logged_buckets
-- The same points in buckets of one width, and all of them together. Values of 1 and more are summed apart, made smaller
-- by a power of two; deviations are also of values made smaller, which are taken where others would overflow.
select bucket.*
from unnest(
    %(metric_ids)s::int[], %(froms)s::int8[], %(tos)s::int8[], %(origins)s::int8[]
) with ordinality as asked (metric_id, first, last, origin, place)
cross join lateral (
    select
        array_agg(number order by number) filter (where not is_whole) as index,
        array_agg(points order by number) filter (where not is_whole) as count,
        array_agg(first_value order by number) filter (where not is_whole) as first,
        array_agg(min_value order by number) filter (where not is_whole) as min,
        array_agg(greatest_value order by number) filter (where not is_whole) as max,
        array_agg(last_value order by number) filter (where not is_whole) as last,
        array_agg(small order by number) filter (where not is_whole) as small,
        array_agg(large order by number) filter (where not is_whole) as large,
        array_agg(coalesce(deviation, 'NaN') order by number) filter (where not is_whole) as deviation,
        array_agg(coalesce(large_deviation, 'NaN') order by number) filter (where not is_whole) as large_deviation,
        min(points) filter (where is_whole) as whole_count,
        min(min_value) filter (where is_whole) as whole_min,
        max(greatest_value) filter (where is_whole) as whole_max,
        max(small) filter (where is_whole) as whole_small,
        max(large) filter (where is_whole) as whole_large,
        max(coalesce(deviation, 'NaN')) filter (where is_whole) as whole_deviation,
        max(coalesce(large_deviation, 'NaN')) filter (where is_whole) as whole_large_deviation
    from (
        select
            (position - asked.origin) / %(width)s as number,
            grouping((position - asked.origin) / %(width)s) = 1 as is_whole,
            count(*) as points,
            first(value, row(position, step)) as first_value,
            min(value) as min_value,
            max(value) as greatest_value,
            last(value, row(position, step)) as last_value,
            sum(case when abs(value) < 1 then value else 0 end) as small,
            sum(case when abs(value) < 1 then 0 else value * 2::float8 ^ -32 end) as large,
            stddev_samp(case when abs(value) < 1e140 then value end) as deviation,
            stddev_samp(case when abs(value) < 1 then 0 else value * 2::float8 ^ -600 end) as large_deviation
        from (
            select
                point.step,
                point.value,
                case when %(is_by_step)s then point.step else (extract(epoch from point.time) * 1000000)::int8 end
                    as position
            from metric_point as point
            where point.metric_id = asked.metric_id
                and point.value not in ('NaN', 'Infinity', '-Infinity')
                and (not %(is_by_step)s or (point.step >= asked.first and point.step < asked.last))
        ) as point
        where position >= asked.first and position < asked.last
        group by grouping sets (((position - asked.origin) / %(width)s), ())
    ) as bucket
) as bucket
order by asked.place;

-- name: annotated
-- When the first annotation with a tag begins that is of a member: it names its run, or nobody's and lies in its time.
select min(from_time) as from_time
from annotation
where project_id = %(project_id)s
    and tags @> array[%(tag)s]
    and (
        (%(is_run)s and run_id = %(run_id)s)
        or (
            coalesce(run_id = %(run_id)s, true)
            and from_time >= %(from)s
            and from_time < %(to)s
        )
    );

-- name: save
insert into saved_comparison (project_id, name, question, created_by)
values (%(project_id)s, %(name)s, %(question)s, %(created_by)s)
returning id;

-- name: item
select * from saved_comparison_item where position = %(id)s;

-- name: lock
select id from saved_comparison where id = %(id)s for no key update;

-- name: update
update saved_comparison
set name = %(name)s, question = %(question)s, version = version + 1, updated_at = now()
where id = %(id)s;

-- name: delete
delete from saved_comparison where id = %(id)s;

-- name: list
select *
from saved_comparison_item
where in_project = %(project_id)s and position < %(before)s
order by position desc
limit %(fetch)s;
