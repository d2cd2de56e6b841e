-- Roll-ups of every tier in one shape. A coarse tier has its `tier_s`, and a `fine_us` of 0; one below a second the
-- other way round. A constant `is_fine` has one of the two tables left out. Types of both are the same: only then does
-- PostgreSQL ask the tables themselves, for no more columns than it needs.

create or replace view any_rollup as
select
    false as is_fine,
    tier_s,
    0 as fine_us,
    sensor_id,
    bucket,
    raw_count,
    raw_mean,
    raw_mean_rest,
    raw_m2,
    raw_min,
    raw_max,
    raw_first,
    raw_last,
    raw_min_time,
    raw_max_time,
    raw_first_time,
    raw_last_time,
    physical_count,
    physical_mean,
    physical_mean_rest,
    physical_m2,
    physical_min,
    physical_max,
    physical_first,
    physical_last,
    physical_min_time,
    physical_max_time,
    physical_first_time,
    physical_last_time,
    least_profile,
    greatest_profile
from rollup
union all
select
    true,
    0,
    tier_us,
    sensor_id,
    bucket,
    raw_count::bigint,
    raw_mean,
    raw_mean_rest,
    raw_m2,
    raw_min,
    raw_max,
    raw_first,
    raw_last,
    bucket + raw_min_us * interval '1 microsecond',
    bucket + raw_max_us * interval '1 microsecond',
    bucket + raw_first_us * interval '1 microsecond',
    bucket + raw_last_us * interval '1 microsecond',
    physical_count::bigint,
    physical_mean,
    physical_mean_rest,
    physical_m2,
    physical_min,
    physical_max,
    physical_first,
    physical_last,
    case
        when physical_count > 0 then bucket + coalesce(physical_min_us, raw_min_us) * interval '1 microsecond'
    end,
    case
        when physical_count > 0 then bucket + coalesce(physical_max_us, raw_max_us) * interval '1 microsecond'
    end,
    case
        when physical_count > 0 then bucket + coalesce(physical_first_us, raw_first_us) * interval '1 microsecond'
    end,
    case
        when physical_count > 0 then bucket + coalesce(physical_last_us, raw_last_us) * interval '1 microsecond'
    end,
    least_profile,
    greatest_profile
from rollup_fine;
