-- Points of metrics in short, for comparisons: a block of 256 steps that lies in one bucket and between two steps is one
-- part, and points of other blocks are a part each. What is not finite is told as left out.
create or replace function comparable_parts(of_metric int, from_step int8, to_step int8, origin int8, width int8)
returns table (
    first_step int8,
    last_step int8,
    points int,
    left_out int,
    lowest float8,
    highest float8,
    -- Sums of values below 1, and of others made smaller by a power of two, which can't overflow.
    small float8,
    large float8,
    m2 float8
) language sql stable as $$
    select
        block.first_step,
        block.last_step,
        block.points - block.nans,
        block.nans,
        block.lowest,
        block.highest,
        0::float8,
        coalesce(block.total, 0),
        coalesce(block.m2, 0)
    from metric_block as block
    where block.metric_id = of_metric
        and block.block >= from_step >> 8
        and block.block <= to_step - 1 >> 8
        and block.first_step >= from_step
        and block.last_step < to_step
        and (block.first_step - origin) / width = (block.last_step - origin) / width
        and (block.m2 is not null or block.nans = block.points)
    union all
    select
        point.step,
        point.step,
        case when finite.value is null then 0 else 1 end,
        case when finite.value is null then 1 else 0 end,
        finite.value,
        finite.value,
        case when abs(finite.value) < 1 then finite.value else 0 end,
        case when abs(finite.value) >= 1 then finite.value * 2::float8 ^ -32 else 0 end,
        0::float8
    from metric_block as block
    join metric_point as point
        on point.metric_id = of_metric
        and point.step >= greatest(block.block << 8, from_step)
        and point.step < least(block.block + 1 << 8, to_step)
    cross join lateral (
        select case when point.value not in ('NaN', 'Infinity', '-Infinity') then point.value end as value
    ) as finite
    where block.metric_id = of_metric
        and block.block >= from_step >> 8
        and block.block <= to_step - 1 >> 8
        and not (
            block.first_step >= from_step
            and block.last_step < to_step
            and (block.first_step - origin) / width = (block.last_step - origin) / width
            and (block.m2 is not null or block.nans = block.points)
        )
$$;
