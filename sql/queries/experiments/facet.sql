-- How many of a list have what. `listed` is the list, as its own statement finds it, and `seen` what is counted of it:
-- the API sends the three as one (`api/experiments/facets.py`).

-- name: seen_of_experiments
select
    status,
    tags,
    created_by,
    null::text as git_sha,
    null::int as in_experiment,
    null::int[] as sensor_ids,
    started_at
from listed

-- name: seen_of_runs
select status, tags, created_by, git_sha, in_experiment, sensor_ids, started_at from listed

-- name: counts
-- The list is read once, and rows that have the same are counted before they are taken apart: runs have few different
-- sets of tags and of sensors.
with counted as materialized (
    select
        grouping(status, tags, created_by, git_sha, in_experiment, sensor_ids, started_in) as facet,
        status,
        tags,
        created_by,
        git_sha,
        in_experiment,
        sensor_ids,
        started_in,
        count(*) as count
    from (select *, date_trunc('month', started_at, 'UTC') as started_in from seen) as dated
    group by grouping sets (
        (status), (tags), (created_by), (git_sha), (in_experiment), (sensor_ids), (started_in)
    )
), often_tag as (
    select tag, sum(count)::bigint as count
    from counted cross join lateral unnest(tags) as tag
    where facet = b'1011111'::int
    group by tag
    order by count desc, tag
    limit %(max_rows)s
), often_sensor as (
    select bound.sensor_id, sum(count)::bigint as count
    from counted cross join lateral unnest(sensor_ids) as bound (sensor_id)
    where facet = b'1111101'::int
    group by bound.sensor_id
    order by count desc, bound.sensor_id
    limit %(max_rows)s
)
select 'status' as facet, status as value, status as label, count from counted where facet = b'0111111'::int
union all
select 'tag', tag, tag, count from often_tag
union all
(
    select 'created_by', account.id::text, coalesce(nullif(account.name, ''), account.email, ''), count
    from counted
    join account on account.id = counted.created_by
    where facet = b'1101111'::int
    order by count desc, account.id
    limit %(max_rows)s
)
union all
(
    select 'git_sha', git_sha, git_sha, count
    from counted
    where facet = b'1110111'::int and git_sha is not null
    order by count desc, git_sha
    limit %(max_rows)s
)
union all
(
    select 'experiment', experiment.public_id::text, experiment.name, count
    from counted
    join experiment on experiment.id = counted.in_experiment
    where facet = b'1111011'::int
    order by count desc, experiment.id
    limit %(max_rows)s
)
union all
(
    select 'sensor', sensor.public_id::text, sensor.key, often_sensor.count
    from often_sensor
    join sensor on sensor.id = often_sensor.sensor_id
    order by often_sensor.count desc, sensor.id
)
union all
(
    select 'started_in', month.name, month.name, count
    from counted
    cross join lateral (select to_char(started_in at time zone 'UTC', 'YYYY-MM') as name) as month
    where facet = b'1111110'::int and started_in is not null
    order by started_in desc
    limit %(max_rows)s
);

-- name: held_profiles
-- Of the sensor that runs are asked for, which version held in how many of them: as the list's filter decides it.
with held as (
    select profile.id, profile.public_id, profile.number, profile.kind, range_agg(validity.during) as during
    from profile_validity as validity
    join conversion_profile as profile on profile.id = validity.profile_id
    where validity.sensor_id = %(of_sensor_id)s
    group by profile.id
)
select
    'profile' as facet,
    held.public_id::text as value,
    'v' || held.number || ' ' || held.kind as label,
    count(*) as count
from listed
join held on tstzrange(coalesce(listed.started_at, now()), listed.finished_at) && held.during
group by held.id, held.public_id, held.number, held.kind
order by count desc, held.number desc
limit %(max_rows)s;

-- name: counts_of_sensors
-- Sensors that are alike are counted first: a project has few sorts of them.
with alike as (
    select status, connection, tags, kind, output_unit, count(*) as count
    from listed
    group by status, connection, tags, kind, output_unit
), counted as materialized (
    select
        grouping(status, connection, tags, kind, output_unit) as facet,
        status,
        connection,
        tags,
        kind,
        output_unit,
        sum(count)::bigint as count
    from alike
    group by grouping sets ((status), (connection), (tags), (kind), (output_unit))
), often_tag as (
    select tag, sum(count)::bigint as count
    from counted cross join lateral unnest(tags) as tag
    where facet = b'11011'::int
    group by tag
    order by count desc, tag
    limit %(max_rows)s
)
select 'status' as facet, status as value, status as label, count from counted where facet = b'01111'::int
union all
select 'connection', connection, connection, count from counted where facet = b'10111'::int
union all
select 'tag', tag, tag, count from often_tag
union all
(
    select 'kind', kind, kind, count
    from counted
    where facet = b'11101'::int and kind <> ''
    order by count desc, kind
    limit %(max_rows)s
)
union all
(
    select 'unit', output_unit, output_unit, count
    from counted
    where facet = b'11110'::int and output_unit <> ''
    order by count desc, output_unit
    limit %(max_rows)s
);
