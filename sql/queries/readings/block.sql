-- Blocks of readings (`sql/migrations/1380_reading_blocks.sql`), changed in the transaction at hand.

-- name: delete
-- The readings of some sensors in a stretch of time that lie in blocks: they go, and this says how many. What the same
-- blocks hold before the stretch and after it is written back, in the same order.
-- In a transaction of one snapshot: those that it sees, or this fails.
with gone as (
    delete from reading_block
    where sensor_id = any(%(sensor_ids)s::int4[])
        and first_time >= date_bin('1 second', %(from)s, timestamptz 'epoch')
        and first_time < %(to)s
        and last_time >= %(from)s
    returning *
), cut as (
    select
        *,
        cardinality(time) as size,
        -- How many lie before each bound.
        width_bucket(%(from)s::timestamptz - interval '1 microsecond', time) as first_end,
        width_bucket(%(to)s::timestamptz - interval '1 microsecond', time) as last_start
    from gone
), kept as (
    insert into reading_block (first_time, last_time, sensor_id, profile_id, time, raw, physical, flags)
    select
        time[side.low],
        time[side.high],
        sensor_id,
        profile_id,
        time[side.low:side.high],
        raw[side.low:side.high],
        physical[side.low:side.high],
        flags[side.low:side.high]
    from cut
    cross join lateral (values (1, first_end), (last_start + 1, size)) as side (low, high)
    where side.low <= side.high
)
select coalesce(sum(last_start - first_end), 0)::int8 as readings from cut;
