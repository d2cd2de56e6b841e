-- How many of a list have what. `chosen` is the list, as its own statement finds it: the API sends the two as one.

-- name: of_experiments
select 'status' as facet, status as value, status as label, count(*) as count from chosen group by status
union all
(
    select 'tag', tag, tag, count(*)
    from chosen cross join lateral unnest(tags) as tag
    group by tag
    order by count(*) desc, tag
    limit %(most)s
)
union all
(
    select 'created_by', account.id::text, coalesce(nullif(account.name, ''), account.email, ''), count(*)
    from chosen
    join account on account.id = chosen.created_by
    group by account.id
    order by count(*) desc, account.id
    limit %(most)s
);

-- name: of_runs
select 'status' as facet, status as value, status as label, count(*) as count from chosen group by status
union all
(
    select 'tag', tag, tag, count(*)
    from chosen cross join lateral unnest(tags) as tag
    group by tag
    order by count(*) desc, tag
    limit %(most)s
)
union all
(
    select 'created_by', account.id::text, coalesce(nullif(account.name, ''), account.email, ''), count(*)
    from chosen
    join account on account.id = chosen.created_by
    group by account.id
    order by count(*) desc, account.id
    limit %(most)s
)
union all
(
    select 'git_sha', git_sha, git_sha, count(*)
    from chosen
    where git_sha is not null
    group by git_sha
    order by count(*) desc, git_sha
    limit %(most)s
)
union all
(
    select 'experiment', experiment.public_id::text, experiment.name, count(*)
    from chosen
    join experiment on experiment.id = chosen.in_experiment
    group by experiment.id
    order by count(*) desc, experiment.id
    limit %(most)s
)
union all
(
    select 'sensor', sensor.public_id::text, sensor.key, count(*)
    from chosen cross join lateral unnest(chosen.sensor_ids) as bound (sensor_id)
    join sensor on sensor.id = bound.sensor_id
    group by sensor.id
    order by count(*) desc, sensor.id
    limit %(most)s
);
