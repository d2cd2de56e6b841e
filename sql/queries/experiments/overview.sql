-- What a run's overview adds to its parts.

-- name: capture_sessions
select * from capture_session_item where in_run = %(run_id)s order by position desc limit %(max_rows)s;

-- name: sensors
select * from run_sensor_item where in_run = %(run_id)s order by position desc limit %(max_rows)s;

-- name: totals
select
    (select count(*) from capture_session where run_id = %(run_id)s) as capture_sessions,
    (select count(*) from run_sensor where run_id = %(run_id)s) as sensors,
    exists (select from measure_value where run_id = %(run_id)s) as has_measures,
    (
        select count(*)
        from artifact
        where run_id = %(run_id)s and (%(sees_restricted)s or not is_restricted)
    ) as artifacts;

-- name: artifacts
select *
from artifact_item
where in_run = %(run_id)s and (%(sees_restricted)s or not restricted)
order by position desc
limit %(max_artifacts)s;

-- name: latest
-- The last reading of each sensor in the order (time, raw, physical), as it is shown.
select
    asked.sensor_id,
    latest.time,
    latest.raw,
    latest.physical,
    profile.public_id as profile_id,
    latest.flags
from unnest(%(sensor_ids)s::int[]) as asked (sensor_id)
cross join lateral (
    select
        time,
        case when %(sees_raw)s then raw end as raw,
        physical,
        profile_id,
        coalesce(flags, 0::int2) as flags
    from newest_readings(asked.sensor_id, %(from)s, %(to)s, 1, false) as newest
    order by time desc, case when %(sees_raw)s then newest.raw end desc nulls last, physical desc nulls last
    limit 1
) as latest
left join conversion_profile as profile on profile.id = latest.profile_id;
