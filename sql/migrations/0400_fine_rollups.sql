-- Roll-ups of buckets of 100 ms and 10 ms, kept of seconds that hold many readings. As `rollup`, but narrower: it has
-- to stay below a twentieth of the readings' bytes.

create table rollup_fine (
    bucket timestamptz not null,
    raw_mean float8 not null,
    raw_mean_rest float8 not null,
    raw_m2 float8 not null,
    raw_min float8 not null,
    raw_max float8 not null,
    raw_first float8 not null,
    raw_last float8 not null,
    physical_mean float8,
    physical_mean_rest float8,
    physical_m2 float8,
    physical_min float8,
    physical_max float8,
    physical_first float8,
    physical_last float8,
    sensor_id int not null,
    -- 100000 or 10000.
    tier_us int not null,
    raw_count int not null check (raw_count > 0),
    physical_count int not null,
    -- Since the bucket's start. Null for physical values: as for raw ones.
    raw_min_us int not null,
    raw_max_us int not null,
    raw_first_us int not null,
    raw_last_us int not null,
    physical_min_us int,
    physical_max_us int,
    physical_first_us int,
    physical_last_us int,
    least_profile int,
    greatest_profile int
);
select create_hypertable('rollup_fine', by_range('bucket', interval '1 day'), create_default_indexes => false);
create unique index rollup_fine_sensor_id_tier_us_bucket_key on rollup_fine (sensor_id, tier_us, bucket);

-- Of a second: `has_seconds` says whether its fine buckets are kept too, and this the smallest of them. The code of
-- earlier releases, which does not bring these up to date, sets `has_seconds` back.
alter table rollup add column finest_us int;
