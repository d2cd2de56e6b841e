-- Readings wherever the database has them: a row each in `reading`, or together in blocks. Statements ask these functions.
-- PostgreSQL takes each into the statement that calls it, so its arguments are no subqueries. Each table has its conditions
-- beside it: by constants among them TimescaleDB leaves chunks out before it looks at them (decision 1390).

-- All of them. For counts and for tests: bounds on time reach no block.
create or replace view any_reading as
select time, raw, physical, sensor_id, profile_id, flags from reading
union all
select unnest(time), unnest(raw), unnest(physical), sensor_id, profile_id, unnest(flags) from reading_block;

-- A sensor's in a stretch of time. A block that reaches into it begins in its first second or later.
create or replace function readings_of(of_sensor int, from_time timestamptz, to_time timestamptz)
returns setof any_reading language sql stable rows 1000 as $$
select time, raw, physical, sensor_id, profile_id, flags
from reading
where sensor_id = of_sensor and time >= from_time and time < to_time
union all
select *
from (
    select unnest(time) as time, unnest(raw), unnest(physical), sensor_id, profile_id, unnest(flags)
    from reading_block
    where sensor_id = of_sensor
        and first_time >= date_bin('1 second', from_time, '2000-01-01 00:00Z')
        and first_time < to_time
        and last_time >= from_time
) as held
where time >= from_time and time < to_time
$$;

-- Those of several sensors.
create or replace function readings_of_several(of_sensors int[], from_time timestamptz, to_time timestamptz)
returns setof any_reading language sql stable rows 1000 as $$
select time, raw, physical, sensor_id, profile_id, flags
from reading
where sensor_id = any(of_sensors) and time >= from_time and time < to_time
union all
select *
from (
    select unnest(time) as time, unnest(raw), unnest(physical), sensor_id, profile_id, unnest(flags)
    from reading_block
    where sensor_id = any(of_sensors)
        and first_time >= date_bin('1 second', from_time, '2000-01-01 00:00Z')
        and first_time < to_time
        and last_time >= from_time
) as held
where time >= from_time and time < to_time
$$;

-- A sensor's in a stretch that each of many has of its own, within bounds that are constants for all of them.
create or replace function readings_of_span(
    of_sensor int, from_time timestamptz, to_time timestamptz, within_from timestamptz, within_to timestamptz
)
returns setof any_reading language sql stable rows 1000 as $$
select time, raw, physical, sensor_id, profile_id, flags
from reading
where sensor_id = of_sensor
    and time >= from_time
    and time < to_time
    and time >= within_from
    and time < within_to
union all
select *
from (
    select unnest(time) as time, unnest(raw), unnest(physical), sensor_id, profile_id, unnest(flags)
    from reading_block
    where sensor_id = of_sensor
        and first_time >= date_bin('1 second', from_time, '2000-01-01 00:00Z')
        and first_time < to_time
        and first_time >= date_bin('1 second', within_from, '2000-01-01 00:00Z')
        and first_time < within_to
        and last_time >= from_time
) as held
where time >= from_time and time < to_time and time >= within_from and time < within_to
$$;

-- The same for roll-ups, in few columns: both tables are taken into the statement, so that arrays nobody asks for are not
-- unpacked, and rows come in order of the index. Bounds are plain constants then, or chunks are left out at the start only.
create or replace function readings_of_bucket(
    of_sensor int, from_time timestamptz, to_time timestamptz, within_from timestamptz, within_to timestamptz
)
returns setof any_reading language sql stable rows 1000 as $$
select time, raw, physical, sensor_id, profile_id, flags
from (
    select time, raw, physical, sensor_id, profile_id, flags
    from reading
    union all
    select unnest(time), unnest(raw), unnest(physical), sensor_id, profile_id, unnest(flags)
    from reading_block
    where sensor_id = of_sensor
        and first_time >= date_bin('1 second', from_time, '2000-01-01 00:00Z')
        and first_time < to_time
        and first_time >= date_bin('1 second', within_from, '2000-01-01 00:00Z')
        and first_time < within_to
        and last_time >= from_time
) as each
where sensor_id = of_sensor and time >= from_time and time < to_time and time >= within_from and time < within_to
$$;

-- A sensor's first readings of such a stretch, in no order: so many at least, with all of the last one's instant, if
-- there are so many. `of_physical` counts those with a physical value, and gives no others.
-- What blocks hold up to `reach` is enough: these lie in the stretch as a whole, and hold so many.
-- The number is a subquery, which the planner can't look into: TimescaleDB has the sort of each chunk keep no more than
-- that number, although ties may be more, and the server then ends the statement (XX000).
create or replace function oldest_readings_of_span(
    of_sensor int,
    from_time timestamptz,
    to_time timestamptz,
    within_from timestamptz,
    within_to timestamptz,
    readings bigint,
    of_physical boolean
)
returns setof any_reading language sql stable rows 100 as $$
(
    select time, raw, physical, sensor_id, profile_id, flags
    from reading
    where sensor_id = of_sensor
        and time >= from_time
        and time < to_time
        and time >= within_from
        and time < within_to
        and (not of_physical or physical is not null)
    order by time
    fetch first (select readings) rows with ties
)
union all
select held.*
from (
    select coalesce(
        (
            select reach
            from (
                select
                    first_time,
                    sum(cardinality) over in_order as readings,
                    max(last_time) over in_order as reach
                from (
                    select first_time, last_time, cardinality(time)
                    from reading_block
                    where sensor_id = of_sensor
                        and first_time >= from_time
                        and first_time < to_time
                        and last_time < to_time
                        and first_time >= within_from
                        and first_time < within_to
                        and last_time < within_to
                        and (not of_physical or physical is not null)
                    order by first_time
                    limit oldest_readings_of_span.readings
                ) as early
                window in_order as (order by first_time rows unbounded preceding)
            ) as block
            where block.readings >= oldest_readings_of_span.readings
            order by first_time
            limit 1
        ),
        'infinity'
    ) as reach
    offset 0
) as enough
cross join lateral (
    select unnest(time) as time, unnest(raw), unnest(physical), sensor_id, profile_id, unnest(flags)
    from reading_block
    where sensor_id = of_sensor
        and first_time >= date_bin('1 second', from_time, '2000-01-01 00:00Z')
        and first_time < to_time
        and first_time >= date_bin('1 second', within_from, '2000-01-01 00:00Z')
        and first_time < within_to
        and first_time <= enough.reach
        and last_time >= from_time
        and (not of_physical or physical is not null)
) as held
where held.time >= from_time
    and held.time < to_time
    and held.time >= within_from
    and held.time < within_to
    and held.time <= enough.reach
$$;

-- Those of a stretch by itself.
create or replace function oldest_readings(
    of_sensor int, from_time timestamptz, to_time timestamptz, readings bigint, of_physical boolean
)
returns setof any_reading language sql stable rows 100 as $$
select * from oldest_readings_of_span(of_sensor, from_time, to_time, '-infinity', 'infinity', readings, of_physical)
$$;

-- A sensor's last readings, likewise.
create or replace function newest_readings_of_span(
    of_sensor int,
    from_time timestamptz,
    to_time timestamptz,
    within_from timestamptz,
    within_to timestamptz,
    readings bigint,
    of_physical boolean
)
returns setof any_reading language sql stable rows 100 as $$
(
    select time, raw, physical, sensor_id, profile_id, flags
    from reading
    where sensor_id = of_sensor
        and time >= from_time
        and time < to_time
        and time >= within_from
        and time < within_to
        and (not of_physical or physical is not null)
    order by time desc
    fetch first (select readings) rows with ties
)
union all
select held.*
from (
    select coalesce(
        (
            select first_time
            from (
                select first_time, sum(cardinality) over (order by first_time desc rows unbounded preceding) as readings
                from (
                    select first_time, cardinality(time)
                    from reading_block
                    where sensor_id = of_sensor
                        and first_time >= from_time
                        and first_time < to_time
                        and last_time < to_time
                        and first_time >= within_from
                        and first_time < within_to
                        and last_time < within_to
                        and (not of_physical or physical is not null)
                    order by first_time desc
                    limit newest_readings_of_span.readings
                ) as late
            ) as block
            where block.readings >= newest_readings_of_span.readings
            order by first_time desc
            limit 1
        ),
        '-infinity'
    ) as reach
    offset 0
) as enough
cross join lateral (
    select unnest(time) as time, unnest(raw), unnest(physical), sensor_id, profile_id, unnest(flags)
    from reading_block
    where sensor_id = of_sensor
        and first_time >= date_bin('1 second', from_time, '2000-01-01 00:00Z')
        and first_time < to_time
        and first_time >= date_bin('1 second', within_from, '2000-01-01 00:00Z')
        and first_time < within_to
        and first_time >= date_bin('1 second', enough.reach, '2000-01-01 00:00Z')
        and last_time >= enough.reach
        and last_time >= from_time
        and (not of_physical or physical is not null)
) as held
where held.time >= from_time
    and held.time < to_time
    and held.time >= within_from
    and held.time < within_to
    and held.time >= enough.reach
$$;

-- Those of a stretch by itself.
create or replace function newest_readings(
    of_sensor int, from_time timestamptz, to_time timestamptz, readings bigint, of_physical boolean
)
returns setof any_reading language sql stable rows 100 as $$
select * from newest_readings_of_span(of_sensor, from_time, to_time, '-infinity', 'infinity', readings, of_physical)
$$;
