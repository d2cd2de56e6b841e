-- Statistics of buckets as they are now, for the views of `barograph_public`: roll-ups where these hold what lies below
-- them, and what they would hold where they don't yet. All in one statement, and so of one snapshot.

-- Buckets of every tier that roll-ups don't hold yet, with the sensors that this is true of.
create or replace view stale_bucket as
select 60 as tier_s, minute as bucket, sensor_ids from dirty_window
union all
select 3600, date_bin('1 hour', minute, timestamptz 'epoch'), sensor_ids from dirty_window
union all
select 86400, date_bin('1 day', minute, timestamptz 'epoch'), sensor_ids from dirty_window
union all
select 3600, bucket, sensor_ids from fold_due where tier_s = 3600
union all
select 86400, date_bin('1 day', bucket, timestamptz 'epoch'), sensor_ids from fold_due;

-- Seconds of the same kind: those that the mask of a minute names, or all of it.
create or replace view stale_second as
select
    minute + place * interval '1 second' as bucket,
    touched.sensor_id
from dirty_window
cross join unnest(sensor_ids, seconds) as touched (sensor_id, seconds)
cross join generate_series(0, 59) as place
where coalesce(touched.seconds, -1) >> place & 1 = 1;

-- What the roll-up of a bucket of 1 s, a minute, an hour or a day would be, computed for whoever sees the sensor. Of
-- seconds and minutes from readings, of others from the next finer buckets as they are now, merged by Chan's formula.
-- Bounds are put in as constants, by which chunks are left out. Where values are too large for squares of them,
-- mean and m2 are NaN. Roll-ups say that too where values are too close; there it is computed here.
create or replace function bucket_now(
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
declare
    stop constant timestamptz := start + of_tier_s * interval '1 second';
    shows_raw constant boolean := (
        select visible.shows_raw
        from sensor join visible_project as visible on visible.id = sensor.project_id
        where sensor.id = of_sensor
    );
begin
    if shows_raw is null then
        return;
    end if;
    if of_tier_s <= 60 then
        execute
            'with held as materialized (select time, raw, physical from readings_of($1, $2, $3))
            select
                count(*),
                avg(raw) filter (where abs(raw) < 1e140),
                var_pop(raw) filter (where abs(raw) < 1e140) * count(*),
                min(raw),
                max(raw),
                (select raw from held order by time, raw limit 1),
                (select raw from held order by time desc, raw desc limit 1),
                count(physical),
                avg(physical) filter (where abs(physical) < 1e140),
                var_pop(physical) filter (where abs(physical) < 1e140) * count(physical),
                min(physical),
                max(physical),
                (select physical from held where physical is not null order by time, raw, physical limit 1),
                (select physical from held where physical is not null order by time desc, raw desc, physical desc limit 1)
            from held'
        into
            raw_count, raw_mean, raw_m2, raw_min, raw_max, raw_first, raw_last,
            physical_count, physical_mean, physical_m2, physical_min, physical_max, physical_first, physical_last
        using of_sensor, start, stop;
        if raw_count = 0 then
            return;
        end if;
    else
        execute
            'with finer as materialized (
                select *
                from current_bucket
                where sensor_id = $1 and tier_s = $4 and bucket >= $2 and bucket < $3
            ), means as (
                select
                    within(quotient(sum(raw_count * raw_mean), sum(raw_count)), min(raw_min), max(raw_max)) as raw,
                    within(
                        quotient(sum(physical_count * physical_mean), sum(physical_count)),
                        min(physical_min),
                        max(physical_max)
                    ) as physical
                from finer
            )
            select
                sum(raw_count)::bigint,
                min(means.raw),
                sum(raw_m2 + raw_count * square(raw_mean - means.raw)),
                min(raw_min),
                max(raw_max),
                (array_agg(raw_first order by bucket))[1],
                (array_agg(raw_last order by bucket desc))[1],
                sum(physical_count)::bigint,
                min(means.physical),
                sum(physical_m2 + physical_count * square(physical_mean - means.physical)),
                min(physical_min),
                max(physical_max),
                (array_agg(physical_first order by bucket) filter (where physical_count > 0))[1],
                (array_agg(physical_last order by bucket desc) filter (where physical_count > 0))[1]
            from finer cross join means'
        into
            raw_count, raw_mean, raw_m2, raw_min, raw_max, raw_first, raw_last,
            physical_count, physical_mean, physical_m2, physical_min, physical_max, physical_first, physical_last
        using of_sensor, start, stop, case of_tier_s when 3600 then 60 else 3600 end;
        if raw_count is null then
            return;
        end if;
    end if;
    if not is_tame(greatest(abs(raw_min), abs(raw_max))) then
        raw_mean := 'NaN';
        raw_m2 := 'NaN';
    end if;
    if physical_count > 0 and not is_tame(greatest(abs(physical_min), abs(physical_max))) then
        physical_mean := 'NaN';
        physical_m2 := 'NaN';
    end if;
    if not shows_raw then
        raw_mean := null;
        raw_m2 := null;
        raw_min := null;
        raw_max := null;
        raw_first := null;
        raw_last := null;
    end if;
    return next;
end
$$;

-- Sensors that the log-in sees, and the earliest mark of each: of a minute, and of anything. Mostly the last few buckets are
-- marked: what lies before is as it is kept, and needs no look at marks. As a barrier, it is a table of its own to the
-- planner, which then finds buckets by one loop over sensors.
create or replace view marked_sensor with (security_barrier) as
select
    sensor.id,
    sensor.public_id,
    sensor.key,
    sensor.output_unit as unit,
    project.public_id as in_project,
    project.shows_raw,
    coalesce(dirty.minute, 'infinity') as first_minute,
    coalesce(date_bin('1 day', least(dirty.minute, due.bucket), timestamptz 'epoch'), 'infinity') as first_bucket
from visible_project as project
join sensor on sensor.project_id = project.id
cross join lateral (select min(minute) as minute from dirty_window where sensor.id = any(sensor_ids)) as dirty
cross join lateral (select min(bucket) as bucket from fold_due where sensor.id = any(sensor_ids)) as due;

-- Whether a mark touches a bucket of a sensor that the log-in sees. It is a function, because PostgreSQL counts what a sub-query
-- costs for each bucket, though it runs for few; it sorted where it should have hashed.
create or replace function is_marked(of_sensor int, of_tier_s int, start timestamptz) returns boolean
language plpgsql stable cost 1 security definer set search_path = public, pg_temp as $$
begin
    return exists (
        select
        from sensor
        join visible_project as visible on visible.id = sensor.project_id
        where sensor.id = of_sensor
    ) and (
        exists (
            select
            from dirty_window
            where minute >= date_bin('1 minute', start, timestamptz 'epoch')
                and minute < start + of_tier_s * interval '1 second'
                and of_sensor = any(sensor_ids)
                and (
                    of_tier_s > 1
                    or coalesce(seconds[array_position(sensor_ids, of_sensor)], -1) >> extract(second from start)::int & 1 = 1
                )
        )
        or (
            of_tier_s > 60
            and exists (
                select
                from fold_due
                where tier_s <= of_tier_s
                    and bucket >= start
                    and bucket < start + of_tier_s * interval '1 second'
                    and of_sensor = any(sensor_ids)
            )
        )
    );
end
$$;

-- Roll-ups that are as readings are: before the sensor's first mark, and where none of its marks touches them. Where they
-- have no mean, it is computed if it can be.
create or replace view kept_bucket with (security_barrier) as
select
    sensor.id as sensor_id,
    held.tier_s,
    held.bucket,
    held.raw_count,
    case
        when held.raw_mean = 'NaN' and is_tame(greatest(abs(held.raw_min), abs(held.raw_max)))
            then (select made.raw_mean from bucket_now(sensor.id, held.tier_s, held.bucket) as made)
        else held.raw_mean
    end as raw_mean,
    case
        when held.raw_mean = 'NaN' and is_tame(greatest(abs(held.raw_min), abs(held.raw_max)))
            then (select made.raw_m2 from bucket_now(sensor.id, held.tier_s, held.bucket) as made)
        else held.raw_m2
    end as raw_m2,
    held.raw_min,
    held.raw_max,
    held.raw_first,
    held.raw_last,
    held.physical_count,
    case
        when held.physical_mean = 'NaN' and is_tame(greatest(abs(held.physical_min), abs(held.physical_max)))
            then (select made.physical_mean from bucket_now(sensor.id, held.tier_s, held.bucket) as made)
        else held.physical_mean
    end as physical_mean,
    case
        when held.physical_mean = 'NaN' and is_tame(greatest(abs(held.physical_min), abs(held.physical_max)))
            then (select made.physical_m2 from bucket_now(sensor.id, held.tier_s, held.bucket) as made)
        else held.physical_m2
    end as physical_m2,
    held.physical_min,
    held.physical_max,
    held.physical_first,
    held.physical_last,
    sensor.public_id,
    sensor.key,
    sensor.unit,
    sensor.in_project,
    sensor.shows_raw
from marked_sensor as sensor
join rollup as held on held.sensor_id = sensor.id
where held.bucket < sensor.first_bucket
    or (held.tier_s <= 60 and held.bucket < sensor.first_minute)
    or not is_marked(sensor.id, held.tier_s, held.bucket);

-- What roll-ups don't hold yet, of a minute and longer.
create or replace view made_bucket with (security_barrier) as
select
    sensor.id as sensor_id,
    stale.tier_s,
    stale.bucket,
    made.raw_count,
    made.raw_mean,
    made.raw_m2,
    made.raw_min,
    made.raw_max,
    made.raw_first,
    made.raw_last,
    made.physical_count,
    made.physical_mean,
    made.physical_m2,
    made.physical_min,
    made.physical_max,
    made.physical_first,
    made.physical_last,
    sensor.public_id,
    sensor.key,
    sensor.unit,
    sensor.in_project,
    sensor.shows_raw
from marked_sensor as sensor
cross join lateral (
    select tier_s, bucket from stale_bucket where sensor.id = any(sensor_ids) group by tier_s, bucket
) as stale
cross join lateral bucket_now(sensor.id, stale.tier_s, stale.bucket) as made;
