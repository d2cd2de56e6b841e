-- What sensors held from one reading to the next, as far as roll-ups tell.
--
-- Of one or two readings a roll-up says all, of readings that are all alike too: when the first and the last
-- of them were.

-- name: rollups
-- Plain ones tell what was held, by their first and last reading; opaque ones don't.
select
    track,
    coalesce(array_agg(first_time order by bucket) filter (where is_plain), '{}') as first_us,
    coalesce(array_agg(first order by bucket) filter (where is_plain), '{}') as first,
    coalesce(array_agg(last_time order by bucket) filter (where is_plain), '{}') as last_us,
    coalesce(array_agg(last order by bucket) filter (where is_plain), '{}') as last,
    coalesce(array_agg(coalesce(greatest_profile, -1) order by bucket) filter (where is_plain), '{}') as profile,
    coalesce(array_agg(bucket) filter (where not is_plain), '{}') as opaque,
    coalesce(array_agg(count) filter (where not is_plain), '{}') as opaque_count
from (
    select
        *,
        (count <= 2 or (%(is_held)s and min_value = max_value))
        and (not %(by_profile)s or least_profile is not distinct from greatest_profile) as is_plain
    from (
        select
            span.track,
            found.bucket,
            found.least_profile,
            found.greatest_profile,
            case when %(is_raw)s then raw_count else physical_count end as count,
            case when %(is_raw)s then raw_min else physical_min end as min_value,
            case when %(is_raw)s then raw_max else physical_max end as max_value,
            case when %(is_raw)s then raw_first else physical_first end as first,
            case when %(is_raw)s then raw_last else physical_last end as last,
            case when %(is_raw)s then raw_first_time else physical_first_time end as first_time,
            case when %(is_raw)s then raw_last_time else physical_last_time end as last_time
        from unnest(
            %(track)s::int4[], %(sensor_id)s::int4[], %(tier_s)s::int4[], %(from_us)s::int8[], %(to_us)s::int8[]
        ) as span (track, sensor_id, tier_s, from_us, to_us)
        cross join lateral (
            select *
            from rollup
            where rollup.sensor_id = span.sensor_id
                and rollup.tier_s = span.tier_s
                and bucket >= timestamptz 'epoch' + span.from_us * interval '1 microsecond'
                and bucket < timestamptz 'epoch' + span.to_us * interval '1 microsecond'
                and bucket >= %(from)s
                and bucket < %(to)s
                and (%(is_raw)s or physical_count > 0)
            offset 0
        ) as found
        limit %(max_rows)s + 1
    ) as shown
) as told
group by track;

-- name: last_rolled_up
-- The last value of each sensor before its time by minutes, which outlive the readings.
select
    coalesce(array_agg(track), '{}') as track,
    coalesce(array_agg(t_us), '{}') as t_us,
    coalesce(array_agg(value), '{}') as value,
    coalesce(array_agg(profile), '{}') as profile
from (
    select asked.track, found.*
    from unnest(%(track)s::int4[], %(sensor_id)s::int4[], %(to_us)s::int8[]) as asked (track, sensor_id, to_us)
    cross join lateral (
        select
            case when %(is_raw)s then raw_last_time else physical_last_time end as t_us,
            case when %(is_raw)s then raw_last else physical_last end as value,
            case when least_profile = greatest_profile then least_profile else -1 end as profile
        from rollup
        where rollup.sensor_id = asked.sensor_id
            and rollup.tier_s = 60
            and bucket <= timestamptz 'epoch' + (asked.to_us - 60000000) * interval '1 microsecond'
            and bucket >= %(from)s
            and bucket < %(to)s
            and (%(is_raw)s or physical_count > 0)
        order by bucket desc
        limit 1
    ) as found
) as last;
