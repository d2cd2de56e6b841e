-- Roll-ups: statistics of each sensor over buckets of a second, a minute, an hour and a day.
--
-- The way of a change: commit -> dirty_window -> (seconds and) minute from raw -> fold_due -> hour -> fold_due
-- -> day. A row of either table says that buckets don't hold yet what lies below them; whoever brings them up
-- to date deletes exactly the rows it read, in the same transaction.

create table rollup (
    bucket timestamptz not null,
    -- Of a mean or m2 (the sum of squared deviations from the mean), NaN: more than a float64 holds.
    raw_mean float8 not null,
    raw_m2 float8 not null,
    raw_min float8 not null,
    raw_max float8 not null,
    raw_first float8 not null,
    raw_last float8 not null,
    raw_min_time timestamptz not null,
    raw_max_time timestamptz not null,
    raw_first_time timestamptz not null,
    raw_last_time timestamptz not null,
    raw_count bigint not null check (raw_count > 0),
    -- Null where no reading of the bucket has a physical value.
    physical_mean float8,
    physical_m2 float8,
    physical_min float8,
    physical_max float8,
    physical_first float8,
    physical_last float8,
    physical_min_time timestamptz,
    physical_max_time timestamptz,
    physical_first_time timestamptz,
    physical_last_time timestamptz,
    physical_count bigint not null,
    sensor_id int not null,
    -- 1, 60, 3600 or 86400.
    tier_s int not null,
    -- Of the versions that made the physical values.
    least_profile int,
    greatest_profile int,
    -- Of a minute: whether its seconds are kept too. Where readings are few, raw answers as fast.
    has_seconds boolean not null default false
) with (fillfactor = 80);
select create_hypertable('rollup', by_range('bucket', interval '7 days'), create_default_indexes => false);
create unique index rollup_sensor_id_tier_s_bucket_key on rollup (sensor_id, tier_s, bucket);

-- Bit i: second i of the minute, for each of sensor_ids. Null: any of them.
alter table dirty_window add column seconds bigint[];
alter table dirty_window add column created_at timestamptz not null default now();

-- Hours and days, of which finer buckets have changed.
create table fold_due (
    id bigint generated always as identity primary key,
    tier_s int not null,
    bucket timestamptz not null,
    sensor_ids int[] not null,
    created_at timestamptz not null default now()
);
create index fold_due_tier_s_bucket_idx on fold_due (tier_s, bucket);
