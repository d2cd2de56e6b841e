-- Points of metrics in short, for charts and buckets: whole blocks of 256 steps where these are wanted, and single points.

-- What lies from a step on, and before another. Without `in_blocks`, each point by itself.
create or replace function metric_parts(of_metric int, from_step int8, to_step int8, in_blocks boolean)
returns table (
    step int8,
    points int,
    nans int,
    lowest float8,
    lowest_step int8,
    highest float8,
    highest_step int8,
    total float8,
    first_step int8,
    last_step int8
) language sql stable as $$
    select block << 8, points, nans, lowest, lowest_step, highest, highest_step, total, first_step, last_step
    from metric_block
    where in_blocks and metric_id = of_metric and block >= (from_step + 255) >> 8 and block < to_step >> 8
    union all
    select
        step,
        1,
        case when value = 'NaN' then 1 else 0 end,
        nullif(value, 'NaN'),
        case when value <> 'NaN' then step end,
        nullif(value, 'NaN'),
        case when value <> 'NaN' then step end,
        case when abs(value) < 1e-280 then 0 when value <> 'NaN' then value * 2::float8 ^ -32 end,
        step,
        step
    from (
        select step, value
        from metric_point
        where metric_id = of_metric
            and step >= from_step
            and step < case when in_blocks then least(to_step, (from_step + 255) >> 8 << 8) else to_step end
        union all
        select step, value
        from metric_point
        where in_blocks
            and metric_id = of_metric
            and step >= greatest((from_step + 255) >> 8 << 8, to_step >> 8 << 8)
            and step < to_step
    ) as point
$$;
