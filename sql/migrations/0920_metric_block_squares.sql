-- Squares of what blocks of metrics hold, by which comparisons know the standard deviation of a run without its points.

-- Whether sums of values, and of the squares of their differences, neither exceed a float64 nor vanish in it.
create function keeps_squares(low float8, high float8) returns boolean
    language sql immutable parallel safe
    return is_tame(low, high) and (greatest(abs(low), abs(high)) > 1e-200 or (low = 0 and high = 0));

-- First, for it keeps others from writing until the blocks that are there have theirs.
alter table metric_block
    -- Of differences from the mean; null where a value is not finite, or too large or too small for squares.
    add column m2 float8;

create or replace function add_to_metric_blocks() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    insert into metric_block as held (
        metric_id, block, points, nans, lowest, lowest_step, highest, highest_step, total, first_step, last_step, m2
    )
    select
        metric_id,
        step >> 8,
        count(*),
        count(*) filter (where value = 'NaN'),
        min(value) filter (where value <> 'NaN'),
        first(step, value) filter (where value <> 'NaN'),
        max(value) filter (where value <> 'NaN'),
        last(step, value) filter (where value <> 'NaN'),
        sum(case when abs(value) < 1e-280 then 0 else value * 2::float8 ^ -32 end) filter (where value <> 'NaN'),
        min(step),
        max(step),
        case
            when keeps_squares(min(value), max(value))
                then var_pop(value) filter (where abs(value) < 1e140) * count(*)
        end
    from added
    group by 1, 2
    order by 1, 2
    on conflict (metric_id, block) do update
    set points = held.points + excluded.points,
        nans = held.nans + excluded.nans,
        lowest_step = case when excluded.lowest >= held.lowest then held.lowest_step else coalesce(excluded.lowest_step, held.lowest_step) end,
        lowest = least(held.lowest, excluded.lowest),
        highest_step = case
            when excluded.highest <= held.highest then held.highest_step
            else coalesce(excluded.highest_step, held.highest_step)
        end,
        highest = greatest(held.highest, excluded.highest),
        total = coalesce(held.total + excluded.total, held.total, excluded.total),
        first_step = least(held.first_step, excluded.first_step),
        last_step = greatest(held.last_step, excluded.last_step),
        -- By Chan's formula.
        m2 = case
            when held.m2 + excluded.m2 is not null
                and keeps_squares(least(held.lowest, excluded.lowest), greatest(held.highest, excluded.highest))
                then held.m2 + excluded.m2
                    + square(
                        (quotient(held.total, held.points) - quotient(excluded.total, excluded.points)) * 2::float8 ^ 32
                    )
                    * held.points * excluded.points / (held.points + excluded.points)
        end;
    return null;
end
$$;

create or replace function make_metric_blocks_again() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    update metric_block as held
    set nans = made.nans,
        lowest = made.lowest,
        lowest_step = made.lowest_step,
        highest = made.highest,
        highest_step = made.highest_step,
        total = made.total,
        m2 = made.m2
    from (select distinct metric_id, step >> 8 as block from replaced) as touched
    cross join lateral (
        select
            count(*) filter (where value = 'NaN') as nans,
            min(value) filter (where value <> 'NaN') as lowest,
            first(step, value) filter (where value <> 'NaN') as lowest_step,
            max(value) filter (where value <> 'NaN') as highest,
            last(step, value) filter (where value <> 'NaN') as highest_step,
            sum(case when abs(value) < 1e-280 then 0 else value * 2::float8 ^ -32 end) filter (where value <> 'NaN') as total,
            case
                when keeps_squares(min(value), max(value))
                    then var_pop(value) filter (where abs(value) < 1e140) * count(*)
            end as m2
        from metric_point as point
        where point.metric_id = touched.metric_id
            and point.step >= touched.block << 8
            and point.step < touched.block + 1 << 8
    ) as made
    where held.metric_id = touched.metric_id and held.block = touched.block;
    return null;
end
$$;

update metric_block as held
set m2 = made.m2
from (
    select
        metric_id,
        step >> 8 as block,
        case
            when keeps_squares(min(value), max(value))
                then var_pop(value) filter (where abs(value) < 1e140) * count(*)
        end as m2
    from metric_point
    group by 1, 2
) as made
where held.metric_id = made.metric_id and held.block = made.block;
