-- Statistics of buckets for people, from a minute on: `sql_buckets.sql` says how these are always true.

-- No barrier itself, as all views above it: each side of the union is one, and PostgreSQL takes the union into the question.
create or replace view current_bucket as
select * from kept_bucket
union all
select * from made_bucket;

-- As people see them. `raw` is hidden above the barriers, for nobody is shown but what stands here.
create or replace view visible_bucket as
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
from current_bucket as held;

create or replace view barograph_public.readings_1m as
select
    time, sensor_id, sensor_key, project_id, unit, count, mean, min, max, first, last, stddev,
    raw_count, raw_mean, raw_min, raw_max, raw_first, raw_last, raw_stddev
from visible_bucket
where tier_s = 60;
comment on view barograph_public.readings_1m is 'Statistics of readings by minute: a row for each sensor and minute with readings, true at any moment.';
comment on column barograph_public.readings_1m.time is 'Start of the minute';
comment on column barograph_public.readings_1m.sensor_id is 'Id of the sensor';
comment on column barograph_public.readings_1m.sensor_key is 'Key of the sensor, unique in its project';
comment on column barograph_public.readings_1m.project_id is 'Id of the project';
comment on column barograph_public.readings_1m.unit is 'Unit of physical values';
comment on column barograph_public.readings_1m.count is 'How many readings have a physical value';
comment on column barograph_public.readings_1m.mean is 'Mean of physical values; NaN where they are too large for a sum';
comment on column barograph_public.readings_1m.min is 'Least physical value';
comment on column barograph_public.readings_1m.max is 'Greatest physical value';
comment on column barograph_public.readings_1m.first is 'First physical value';
comment on column barograph_public.readings_1m.last is 'Last physical value';
comment on column barograph_public.readings_1m.stddev is 'Sample standard deviation of physical values; null for fewer than two';
comment on column barograph_public.readings_1m.raw_count is 'How many readings there are';
comment on column barograph_public.readings_1m.raw_mean is 'Mean of raw values; this and those that follow are null where the project hides them from this log-in';
comment on column barograph_public.readings_1m.raw_min is 'Least raw value';
comment on column barograph_public.readings_1m.raw_max is 'Greatest raw value';
comment on column barograph_public.readings_1m.raw_first is 'First raw value';
comment on column barograph_public.readings_1m.raw_last is 'Last raw value';
comment on column barograph_public.readings_1m.raw_stddev is 'Sample standard deviation of raw values';
grant select on barograph_public.readings_1m to public;

create or replace view barograph_public.readings_1h as
select
    time, sensor_id, sensor_key, project_id, unit, count, mean, min, max, first, last, stddev,
    raw_count, raw_mean, raw_min, raw_max, raw_first, raw_last, raw_stddev
from visible_bucket
where tier_s = 3600;
comment on view barograph_public.readings_1h is 'Statistics of readings by hour: a row for each sensor and hour with readings, true at any moment.';
comment on column barograph_public.readings_1h.time is 'Start of the hour';
comment on column barograph_public.readings_1h.sensor_id is 'Id of the sensor';
comment on column barograph_public.readings_1h.sensor_key is 'Key of the sensor, unique in its project';
comment on column barograph_public.readings_1h.project_id is 'Id of the project';
comment on column barograph_public.readings_1h.unit is 'Unit of physical values';
comment on column barograph_public.readings_1h.count is 'How many readings have a physical value';
comment on column barograph_public.readings_1h.mean is 'Mean of physical values; NaN where they are too large for a sum';
comment on column barograph_public.readings_1h.min is 'Least physical value';
comment on column barograph_public.readings_1h.max is 'Greatest physical value';
comment on column barograph_public.readings_1h.first is 'First physical value';
comment on column barograph_public.readings_1h.last is 'Last physical value';
comment on column barograph_public.readings_1h.stddev is 'Sample standard deviation of physical values; null for fewer than two';
comment on column barograph_public.readings_1h.raw_count is 'How many readings there are';
comment on column barograph_public.readings_1h.raw_mean is 'Mean of raw values; this and those that follow are null where the project hides them from this log-in';
comment on column barograph_public.readings_1h.raw_min is 'Least raw value';
comment on column barograph_public.readings_1h.raw_max is 'Greatest raw value';
comment on column barograph_public.readings_1h.raw_first is 'First raw value';
comment on column barograph_public.readings_1h.raw_last is 'Last raw value';
comment on column barograph_public.readings_1h.raw_stddev is 'Sample standard deviation of raw values';
grant select on barograph_public.readings_1h to public;

create or replace view barograph_public.readings_1d as
select
    time, sensor_id, sensor_key, project_id, unit, count, mean, min, max, first, last, stddev,
    raw_count, raw_mean, raw_min, raw_max, raw_first, raw_last, raw_stddev
from visible_bucket
where tier_s = 86400;
comment on view barograph_public.readings_1d is 'Statistics of readings by day (UTC): a row for each sensor and day (UTC) with readings, true at any moment.';
comment on column barograph_public.readings_1d.time is 'Start of the day (UTC)';
comment on column barograph_public.readings_1d.sensor_id is 'Id of the sensor';
comment on column barograph_public.readings_1d.sensor_key is 'Key of the sensor, unique in its project';
comment on column barograph_public.readings_1d.project_id is 'Id of the project';
comment on column barograph_public.readings_1d.unit is 'Unit of physical values';
comment on column barograph_public.readings_1d.count is 'How many readings have a physical value';
comment on column barograph_public.readings_1d.mean is 'Mean of physical values; NaN where they are too large for a sum';
comment on column barograph_public.readings_1d.min is 'Least physical value';
comment on column barograph_public.readings_1d.max is 'Greatest physical value';
comment on column barograph_public.readings_1d.first is 'First physical value';
comment on column barograph_public.readings_1d.last is 'Last physical value';
comment on column barograph_public.readings_1d.stddev is 'Sample standard deviation of physical values; null for fewer than two';
comment on column barograph_public.readings_1d.raw_count is 'How many readings there are';
comment on column barograph_public.readings_1d.raw_mean is 'Mean of raw values; this and those that follow are null where the project hides them from this log-in';
comment on column barograph_public.readings_1d.raw_min is 'Least raw value';
comment on column barograph_public.readings_1d.raw_max is 'Greatest raw value';
comment on column barograph_public.readings_1d.raw_first is 'First raw value';
comment on column barograph_public.readings_1d.raw_last is 'Last raw value';
comment on column barograph_public.readings_1d.raw_stddev is 'Sample standard deviation of raw values';
grant select on barograph_public.readings_1d to public;
