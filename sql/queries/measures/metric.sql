-- Metrics of runs: values by name and step.

-- name: register
insert into run_metric (run_id, name)
select %(run_id)s, name
from unnest(%(names)s::text[]) as name
order by name
on conflict on constraint run_metric_name_key do nothing;

-- name: lock
-- Whoever writes points of a name holds it. In the order of names, so that no two wait for one another.
select id, name
from run_metric
where run_id = %(run_id)s and name = any(%(names)s::text[])
order by name
for no key update;

-- name: count_names
select count(*) as names from run_metric where run_id = %(run_id)s;

-- name: held
-- Which of these points there are.
select
    coalesce(array_agg(given.place), '{}') as place,
    coalesce(array_agg(point.value), '{}') as value
from unnest(%(metric_id)s::int[], %(step)s::int8[]) with ordinality as given (metric_id, step, place)
join metric_point as point using (metric_id, step);

-- name: insert
insert into metric_point (metric_id, step, value, time)
select *
from unnest(%(metric_id)s::int[], %(step)s::int8[], %(value)s::float8[], %(time)s::timestamptz[]);

-- name: replace
update metric_point as point
set value = given.value, time = given.time
from unnest(%(metric_id)s::int[], %(step)s::int8[], %(value)s::float8[], %(time)s::timestamptz[])
    as given (metric_id, step, value, time)
where point.metric_id = given.metric_id and point.step = given.step;

-- name: spans
-- How many points each of these names has in the period, and between which steps.
select metric.id, metric.name, held.points, held.first_step, held.last_step
from run_metric as metric
cross join lateral (
    select coalesce(sum(points), 0) as points, min(part.first_step) as first_step, max(part.last_step) as last_step
    from metric_parts(
        metric.id, coalesce(%(from_step)s, -(1::int8 << 53)), coalesce(%(to_step)s, 1::int8 << 53), true
    ) as part
) as held
where metric.run_id = %(run_id)s
    and (%(names)s::text[] is null or metric.name = any(%(names)s))
order by metric.name;

-- name: points
select
    array_agg(step order by step) as step,
    array_agg(value order by step) as value,
    array_agg(time order by step) as t_us
from metric_point
where metric_id = %(metric_id)s and step between %(first_step)s and %(last_step)s;

-- name: samples
-- Of each bucket of steps a point with the least and one with the greatest value, and a NaN where there is nothing else:
-- no extreme of the period is left out.
with bucket as (
    select
        first(lowest_step, lowest) filter (where points > nans) as low,
        last(highest_step, highest) filter (where points > nans) as high,
        min(part.first_step) as first_step
    from metric_parts(%(metric_id)s, %(first_step)s, %(last_step)s + 1, %(in_blocks)s) as part
    group by (step - %(origin)s) / %(width)s
), chosen as (
    select coalesce(low, first_step) as step from bucket
    union
    select coalesce(high, first_step) from bucket
)
select
    array_agg(step order by step) as step,
    array_agg(value order by step) as value,
    array_agg(time order by step) as t_us
from metric_point
join chosen using (step)
where metric_id = %(metric_id)s;

-- name: buckets
-- Sums are of values made smaller by a power of two, which costs no digit and can't overflow. Values that would vanish
-- by it are nothing beside others; where there are no others, the mean is still one between the extremes.
select
    array_agg(start order by start) as step,
    array_agg(points order by start) as count,
    array_agg(min_value order by start) as min,
    array_agg(
        case when mean = 'NaN' then mean else greatest(min_value, least(max_value, mean)) end order by start
    ) as mean,
    array_agg(max_value order by start) as max
from (
    select
        %(origin)s + (step - %(origin)s) / %(width)s * %(width)s as start,
        sum(points) as points,
        min(lowest) as min_value,
        max(highest) as max_value,
        sum(total) / nullif(sum(points) - sum(nans), 0) * 2::float8 ^ 32 as mean
    from (
        select *
        from metric_parts(%(metric_id)s, %(first_step)s, %(last_step)s + 1, false)
        where not %(is_wide)s
        union all
        -- Of each wide one the whole blocks in it, and the points at its edges.
        select part.*
        from generate_series(%(origin)s::int8, %(last_step)s::int8, %(width)s::int8) as start
        cross join lateral metric_parts(
            %(metric_id)s,
            greatest(start, %(first_step)s),
            least(start + %(width)s, %(last_step)s + 1),
            true
        ) as part
        where %(is_wide)s
    ) as part
    group by start
) as bucket;

-- name: summary
-- Least, greatest and mean are of values that are not NaN; the first step of several that have them, which lies in the
-- first block of several that have them.
select
    metric.name,
    held.points as count,
    held.nans as nan_count,
    held.first_step,
    first_point.value as first,
    held.last_step,
    last_point.value as last,
    min_point.step as min_step,
    held.min_value as min,
    max_point.step as max_step,
    held.max_value as max,
    case when held.mean = 'NaN' then held.mean else greatest(held.min_value, least(held.max_value, held.mean)) end as mean,
    last_point.time as last_time
from run_metric as metric
cross join lateral (
    select
        sum(points) as points,
        sum(nans) as nans,
        min(first_step) as first_step,
        max(last_step) as last_step,
        min(lowest) as min_value,
        max(highest) as max_value,
        sum(total) / nullif(sum(points) - sum(nans), 0) * 2::float8 ^ 32 as mean
    from metric_block
    where metric_id = metric.id
) as held
join metric_point as first_point on first_point.metric_id = metric.id and first_point.step = held.first_step
join metric_point as last_point on last_point.metric_id = metric.id and last_point.step = held.last_step
left join lateral (
    select min(point.step) as step
    from (
        select min(block) as block from metric_block where metric_id = metric.id and lowest = held.min_value
    ) as first_one
    join metric_point as point
        on point.metric_id = metric.id
        and point.step >= first_one.block << 8
        and point.step < first_one.block + 1 << 8
        and point.value = held.min_value
) as min_point on true
left join lateral (
    select min(point.step) as step
    from (
        select min(block) as block from metric_block where metric_id = metric.id and highest = held.max_value
    ) as first_one
    join metric_point as point
        on point.metric_id = metric.id
        and point.step >= first_one.block << 8
        and point.step < first_one.block + 1 << 8
        and point.value = held.max_value
) as max_point on true
where metric.run_id = %(run_id)s
    and (%(names)s::text[] is null or metric.name = any(%(names)s))
order by metric.name;
