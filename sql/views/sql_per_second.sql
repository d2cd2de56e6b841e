-- Statistics of readings by second: `sql_buckets.sql` says how these are always true. They have views of their own, because
-- what only seconds need costs every question some milliseconds of planning.

-- What roll-ups don't hold of seconds. They are kept of minutes that hold many readings, and those of other minutes are
-- told from readings. Of a sensor with few such minutes each of these seconds is computed by itself. Of a sensor with
-- many, they are told from its readings. Bounds on time reach rows by `time_bucket`, which TimescaleDB knows. They reach no
-- block, so each second of a minute with blocks is told by itself, if the bounds leave it.
create or replace view made_second with (security_barrier) as
select
    sensor.id as sensor_id,
    1 as tier_s,
    second.bucket,
    second.raw_count,
    second.raw_mean,
    second.raw_m2,
    second.raw_min,
    second.raw_max,
    second.raw_first,
    second.raw_last,
    second.physical_count,
    second.physical_mean,
    second.physical_m2,
    second.physical_min,
    second.physical_max,
    second.physical_first,
    second.physical_last,
    sensor.public_id,
    sensor.key,
    sensor.unit,
    sensor.in_project,
    sensor.shows_raw
from marked_sensor as sensor
cross join lateral (
    select count(*) > 500 as is_sparse
    from (
        select from rollup where rollup.sensor_id = sensor.id and tier_s = 60 and not has_seconds limit 501
    ) as minute
) as kind
cross join lateral (
    select missing.bucket, made.*
    from (
        select bucket from stale_second where sensor_id = sensor.id
        union
        select bucket + place * interval '1 second'
        from rollup cross join generate_series(0, 59) as place
        where rollup.sensor_id = case when not kind.is_sparse then sensor.id end and tier_s = 60 and not has_seconds
        union
        select minute + place * interval '1 second'
        from dirty_window cross join generate_series(0, 59) as place
        where sensor.id = any(sensor_ids)
            and not exists (
                select
                from rollup
                where rollup.sensor_id = sensor.id and tier_s = 60 and rollup.bucket = dirty_window.minute
            )
            and not exists (
                select
                from rollup
                where rollup.sensor_id = sensor.id
                    and tier_s = 1
                    and rollup.bucket = dirty_window.minute + place * interval '1 second'
            )
    ) as missing
    cross join lateral bucket_now(sensor.id, 1, missing.bucket) as made
    union all
    select
        time_bucket('1 second', reading.time),
        count(*),
        case when is_tame(greatest(abs(min(raw)), abs(max(raw)))) then avg(raw) filter (where abs(raw) < 1e140) else 'NaN' end,
        case when is_tame(greatest(abs(min(raw)), abs(max(raw)))) then var_pop(raw) filter (where abs(raw) < 1e140) * count(*) else 'NaN' end,
        min(raw),
        max(raw),
        (array_agg(raw order by time, raw))[1],
        (array_agg(raw order by time desc, raw desc))[1],
        count(physical),
        case
            when count(physical) > 0 then
                case
                    when is_tame(greatest(abs(min(physical)), abs(max(physical))))
                        then avg(physical) filter (where abs(physical) < 1e140)
                    else 'NaN'
                end
        end,
        case
            when count(physical) > 0 then
                case
                    when is_tame(greatest(abs(min(physical)), abs(max(physical))))
                        then var_pop(physical) filter (where abs(physical) < 1e140) * count(physical)
                    else 'NaN'
                end
        end,
        min(physical),
        max(physical),
        (array_agg(physical order by time, raw, physical) filter (where physical is not null))[1],
        (array_agg(physical order by time desc, raw desc, physical desc) filter (where physical is not null))[1]
    from reading
    where reading.sensor_id = case when kind.is_sparse then sensor.id end
        and exists (
            select
            from rollup as minute
            where minute.sensor_id = sensor.id
                and minute.tier_s = 60
                and not minute.has_seconds
                and minute.bucket = date_bin('1 minute', reading.time, timestamptz 'epoch')
        )
        and not exists (
            select
            from stale_second as stale
            where stale.bucket = date_bin('1 second', reading.time, timestamptz 'epoch') and stale.sensor_id = sensor.id
        )
        and not exists (
            select
            from reading_block as block
            where block.sensor_id = case when kind.is_sparse then sensor.id end
                and date_bin('1 minute', block.first_time, timestamptz 'epoch') = date_bin('1 minute', reading.time, timestamptz 'epoch')
        )
    group by 1
    union all
    select second.bucket, made.*
    from (
        select with_blocks.minute, with_blocks.minute + place * interval '1 second' as bucket
        from (
            select date_bin('1 minute', first_time, timestamptz 'epoch') as minute
            from reading_block
            where reading_block.sensor_id = case when kind.is_sparse then sensor.id end
            group by 1
        ) as with_blocks
        join rollup as minute
            on minute.sensor_id = sensor.id
            and minute.tier_s = 60
            and not minute.has_seconds
            and minute.bucket = with_blocks.minute
        cross join generate_series(0, 59) as place
    ) as second
    cross join lateral (
        select
            count(*),
            case when is_tame(greatest(abs(min(raw)), abs(max(raw)))) then avg(raw) filter (where abs(raw) < 1e140) else 'NaN' end,
            case when is_tame(greatest(abs(min(raw)), abs(max(raw)))) then var_pop(raw) filter (where abs(raw) < 1e140) * count(*) else 'NaN' end,
            min(raw),
            max(raw),
            (array_agg(raw order by time, raw))[1],
            (array_agg(raw order by time desc, raw desc))[1],
            count(physical),
            case
                when count(physical) > 0 then
                    case
                        when is_tame(greatest(abs(min(physical)), abs(max(physical))))
                            then avg(physical) filter (where abs(physical) < 1e140)
                        else 'NaN'
                    end
            end,
            case
                when count(physical) > 0 then
                    case
                        when is_tame(greatest(abs(min(physical)), abs(max(physical))))
                            then var_pop(physical) filter (where abs(physical) < 1e140) * count(physical)
                        else 'NaN'
                    end
            end,
            min(physical),
            max(physical),
            (array_agg(physical order by time, raw, physical) filter (where physical is not null))[1],
            (array_agg(physical order by time desc, raw desc, physical desc) filter (where physical is not null))[1]
        from (
            select time, raw, physical
            from reading
            where reading.sensor_id = sensor.id
                and time >= second.bucket
                and time < second.bucket + interval '1 second'
            union all
            select *
            from (
                select unnest(time) as time, unnest(raw), unnest(physical)
                from reading_block
                where reading_block.sensor_id = sensor.id
                    and first_time >= second.minute
                    and first_time < second.bucket + interval '1 second'
                    and last_time >= second.bucket
            ) as held
            where time >= second.bucket and time < second.bucket + interval '1 second'
        ) as reading
        having count(*) > 0
    ) as made
    where not exists (
        select from stale_second as stale where stale.bucket = second.bucket and stale.sensor_id = sensor.id
    )
) as second;

-- As people see them.
create or replace view visible_second as
select
    held.tier_s,
    held.bucket as time,
    held.public_id as sensor_id,
    held.key as sensor_key,
    held.in_project as project_id,
    held.unit,
    held.physical_count as count,
    case when held.physical_min = held.physical_max then held.physical_min else held.physical_mean end as mean,
    held.physical_min as min,
    held.physical_max as max,
    held.physical_first as first,
    held.physical_last as last,
    case
        when held.physical_count < 2 then null
        when held.physical_min = held.physical_max then 0
        else deviation(held.physical_m2, held.physical_count - 1)
    end as stddev,
    held.raw_count,
    case
        when not held.shows_raw then null
        when held.raw_min = held.raw_max then held.raw_min
        else held.raw_mean
    end as raw_mean,
    case when held.shows_raw then held.raw_min end as raw_min,
    case when held.shows_raw then held.raw_max end as raw_max,
    case when held.shows_raw then held.raw_first end as raw_first,
    case when held.shows_raw then held.raw_last end as raw_last,
    case
        when not held.shows_raw or held.raw_count < 2 then null
        when held.raw_min = held.raw_max then 0
        else deviation(held.raw_m2, held.raw_count - 1)
    end as raw_stddev
from (
    select * from kept_bucket
    union all
    select * from made_second
) as held
where held.tier_s = 1;

create or replace view barograph_public.readings_1s as
select
    time, sensor_id, sensor_key, project_id, unit, count, mean, min, max, first, last, stddev,
    raw_count, raw_mean, raw_min, raw_max, raw_first, raw_last, raw_stddev
from visible_second;
comment on view barograph_public.readings_1s is 'Statistics of readings by second: a row for each sensor and second with readings, true at any moment.';
comment on column barograph_public.readings_1s.time is 'Start of the second';
comment on column barograph_public.readings_1s.sensor_id is 'Id of the sensor';
comment on column barograph_public.readings_1s.sensor_key is 'Key of the sensor, unique in its project';
comment on column barograph_public.readings_1s.project_id is 'Id of the project';
comment on column barograph_public.readings_1s.unit is 'Unit of physical values';
comment on column barograph_public.readings_1s.count is 'How many readings have a physical value';
comment on column barograph_public.readings_1s.mean is 'Mean of physical values; NaN where they are too large for a sum';
comment on column barograph_public.readings_1s.min is 'Least physical value';
comment on column barograph_public.readings_1s.max is 'Greatest physical value';
comment on column barograph_public.readings_1s.first is 'First physical value';
comment on column barograph_public.readings_1s.last is 'Last physical value';
comment on column barograph_public.readings_1s.stddev is 'Sample standard deviation of physical values; null for fewer than two';
comment on column barograph_public.readings_1s.raw_count is 'How many readings there are';
comment on column barograph_public.readings_1s.raw_mean is 'Mean of raw values; this and those that follow are null where the project hides them from this log-in';
comment on column barograph_public.readings_1s.raw_min is 'Least raw value';
comment on column barograph_public.readings_1s.raw_max is 'Greatest raw value';
comment on column barograph_public.readings_1s.raw_first is 'First raw value';
comment on column barograph_public.readings_1s.raw_last is 'Last raw value';
comment on column barograph_public.readings_1s.raw_stddev is 'Sample standard deviation of raw values';
grant select on barograph_public.readings_1s to public;
-- What it was made of before.
drop view if exists current_second;
