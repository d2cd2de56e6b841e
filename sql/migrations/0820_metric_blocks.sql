-- Points of a metric in short, by blocks of 256 steps: what summaries and charts of long runs are made of.

create table metric_block (
    metric_id int not null references run_metric on delete cascade,
    -- Its steps divided by 256, rounded down.
    block int8 not null,
    points int not null,
    nans int not null,
    -- Of values that are not NaN; null where there is none. Of several steps with the extreme, any.
    lowest float8,
    lowest_step int8,
    highest float8,
    highest_step int8,
    -- Of values made smaller by a power of two, which can't overflow, and without those that would vanish by it.
    total float8,
    first_step int8 not null,
    last_step int8 not null,
    primary key (metric_id, block)
) with (fillfactor = 80);

-- Whoever writes points holds their names, so that no two write to a block at once.
create function add_to_metric_blocks() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    insert into metric_block as held
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
        max(step)
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
        last_step = greatest(held.last_step, excluded.last_step);
    return null;
end
$$;

-- A value that is replaced may have been an extreme: blocks are made again from their points.
create function make_metric_blocks_again() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    update metric_block as held
    set nans = made.nans,
        lowest = made.lowest,
        lowest_step = made.lowest_step,
        highest = made.highest,
        highest_step = made.highest_step,
        total = made.total
    from (select distinct metric_id, step >> 8 as block from replaced) as touched
    cross join lateral (
        select
            count(*) filter (where value = 'NaN') as nans,
            min(value) filter (where value <> 'NaN') as lowest,
            first(step, value) filter (where value <> 'NaN') as lowest_step,
            max(value) filter (where value <> 'NaN') as highest,
            last(step, value) filter (where value <> 'NaN') as highest_step,
            sum(case when abs(value) < 1e-280 then 0 else value * 2::float8 ^ -32 end) filter (where value <> 'NaN') as total
        from metric_point as point
        where point.metric_id = touched.metric_id
            and point.step >= touched.block << 8
            and point.step < touched.block + 1 << 8
    ) as made
    where held.metric_id = touched.metric_id and held.block = touched.block;
    return null;
end
$$;

-- First, for it keeps others from writing until the points that are there are in blocks.
create trigger add_to_metric_blocks after insert on metric_point
    referencing new table as added
    for each statement execute function add_to_metric_blocks();
create trigger make_metric_blocks_again after update on metric_point
    referencing new table as replaced
    for each statement execute function make_metric_blocks_again();

insert into metric_block
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
    max(step)
from metric_point
group by 1, 2;
