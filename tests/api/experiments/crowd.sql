-- One project: 50 people, 1,000 sensors, 20,000 experiments, 100,000 runs over two years. Sensor 1 is in
-- every run.

insert into project (name) values ('crowded');

insert into account (email, password_hash)
select format('a%s@example.org', n), '' from generate_series(1, 50) as n;

insert into sensor (project_id, key) select 1, format('s%s', n) from generate_series(1, 1000) as n;

insert into conversion_profile (sensor_id, number, kind, payload, content_hash)
select id, 1, 'identity', '{}', '' from sensor;

insert into profile_validity select sensor_id, id, tstzrange(null, null) from conversion_profile;

insert into experiment (project_id, name, description, tags, status, started_at, created_by, created_at)
select
    1,
    format('series %s', n),
    left(md5(n::text), 8),
    array[format('t%s', n % 7), format('u%s', n % 500)],
    case when n % 100 = 0 then 'draft' else 'running' end,
    case when n % 100 <> 0 then at end,
    accounts[n % 50 + 1],
    at - interval '1 hour'
from
    (select n, now() - n * interval '1 hour' as at from generate_series(1, 20000) as n) as each,
    (select array_agg(id) as accounts from account) as known;

insert into run (
    project_id,
    experiment_id,
    name,
    git_sha,
    tags,
    status,
    started_at,
    finished_at,
    created_by,
    created_at,
    sensor_ids
)
select
    1,
    n % 20000 + 1,
    format('run %s', left(md5(n::text), 8)),
    case when n % 3 > 0 then md5((n % 5000)::text) end,
    array[format('t%s', n % 7), format('u%s', n % 3000)],
    case when n % 100 = 0 then 'running' when n % 10 = 1 then 'draft' else 'finished' end,
    case when n % 10 <> 1 then at end,
    case when n % 100 <> 0 and n % 10 <> 1 then at + interval '1 minute' end,
    accounts[n % 50 + 1],
    at - interval '1 hour',
    array[1, 2 + n % 999]
from
    (select n, now() - n * interval '10 minutes' as at from generate_series(1, 100000) as n) as each,
    (select array_agg(id) as accounts from account) as known;

-- Somebody who has made nothing, and a sensor of no run.
insert into account (email, password_hash) values ('nobody@example.org', '');

insert into sensor (project_id, key) values (1, 'unused');

insert into conversion_profile (sensor_id, number, kind, payload, content_hash)
select id, 1, 'identity', '{}', '' from sensor where key = 'unused';

insert into profile_validity
select sensor_id, conversion_profile.id, tstzrange(null, null)
from conversion_profile join sensor on sensor.id = sensor_id
where key = 'unused';

-- Two measures: nine of ten runs that have ended have a value of each, of 1,000 different ones.
insert into measure (project_id, name, sensor_id, stat, layer, over)
select 1, name, 1, 'max', 'physical', 'run' from unnest('{top,low}'::text[]) as name;

insert into measure_value (measure_id, run_id, stretches, definition, computed_at, value)
select measure.id, run.id, '{}', 1, now(), (run.id * 7919 * measure.id) % 1000
from measure cross join run
where run.finished_at is not null and run.id % 10 <> 3;
