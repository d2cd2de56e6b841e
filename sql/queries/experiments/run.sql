-- Runs.

-- name: create
insert into run (
    project_id,
    experiment_id,
    name,
    params,
    git_sha,
    env,
    tags,
    notes,
    metadata,
    auto_finish_after_s,
    created_by
)
values (
    %(project_id)s,
    %(experiment_id)s,
    %(name)s,
    %(params)s,
    %(git_sha)s,
    %(env)s,
    %(tags)s,
    %(notes)s,
    %(metadata)s,
    %(auto_finish_after_s)s,
    %(created_by)s
)
returning id;

-- name: item
select * from run_item where position = %(id)s;

-- name: of_project
select id from run where project_id = %(project_id)s and public_id = %(public_id)s;

-- name: lock
select id from run where id = %(id)s for no key update;

-- name: lock_several
-- In the order of ids, so that two batches can't wait for each other.
select id, public_id
from run
where project_id = %(project_id)s and public_id = any(%(public_ids)s)
order by id
for no key update;

-- name: standing
-- Of runs that are locked: what decides whether they may move.
select
    run.id,
    run.public_id,
    run.status,
    run.tags,
    run.version,
    experiment.status = 'archived' as is_experiment_archived,
    exists (
        select from capture_session as session where session.run_id = run.id and is_active(session.status)
    ) as is_capturing
from run
join experiment on experiment.id = run.experiment_id
where run.id = any(%(ids)s);

-- name: update
update run
set
    name = %(name)s,
    params = %(params)s,
    git_sha = %(git_sha)s,
    env = %(env)s,
    tags = %(tags)s,
    notes = %(notes)s,
    metadata = %(metadata)s,
    auto_finish_after_s = %(auto_finish_after_s)s,
    version = version + 1,
    updated_at = now()
where id = %(id)s;

-- name: move
-- The rows are locked and were looked at; whatever is in another status by now stays there.
with old as (
    select id, status from run where id = any(%(ids)s) and status = any(%(from)s)
), moved as (
    update run
    set
        status = %(to)s,
        started_at = case when %(to)s = 'running' then clock_timestamp() else started_at end,
        finished_at = case when %(to)s in ('finished', 'failed') then clock_timestamp() else finished_at end,
        version = version + 1,
        updated_at = now()
    from old
    where run.id = old.id and run.status = old.status
    returning run.id, old.status as from_status
)
insert into status_change (kind, subject_id, from_status, to_status, actor_id, actor, role, reason)
select 'run', id, from_status, %(to)s, %(actor_id)s::uuid, %(actor)s, %(role)s, %(reason)s
from moved
returning subject_id;

-- name: set_tags
update run
set tags = given.tags, version = version + 1, updated_at = now()
from jsonb_to_recordset(%(runs)s) as given (id int, tags text[])
where run.id = given.id;

-- name: delete
delete from run where id = %(id)s;

-- name: filter_ids
-- What filters name, if the project has it.
select
    (
        select id
        from sensor
        where project_id = %(project_id)s
            and (public_id = %(sensor_public_id)s::uuid or key = %(sensor_key)s::text)
    ) as sensor_id,
    profile.id as profile_id,
    profile.sensor_id as profile_sensor_id,
    (
        select id from experiment where project_id = %(project_id)s and public_id = %(experiment)s::uuid
    ) as experiment_id,
    (select id from account where id = %(account)s::uuid) as account_id
from (values (%(profile)s::uuid)) as asked (profile)
left join conversion_profile as profile
    on profile.public_id = asked.profile
    and exists (
        select from sensor where sensor.id = profile.sensor_id and sensor.project_id = %(project_id)s
    );

-- name: list
-- Each parameter's type stands where the server reads it first; with that, the driver reads the statement once
-- for all (`barograph/database/queries.py`).
-- One statement for every filter and order: it is planned for its parameters each time, which leaves of
-- each `or` and each `case` only what they ask for, so that an index fits.
select *, lower(name) as name_key
from run_item
-- Nothing, unless a measure orders them: then runs that have a value of it, or those that have none, so that an index has
-- the order (`api/measures/run_pages.py`).
left join (
    select run_id as sort_run_id, value as measure_value
    from measure_value
    where measure_id = %(sort_measure_id)s::int
        and capture_session_id is null
        and value between %(sort_low)s::float8 and %(sort_high)s::float8
) as sorting on sort_run_id = position
-- Nothing, unless another measure narrows them down: as a join, the planner chooses from which side.
left join (
    select run_id as kept_run_id
    from measure_value
    where measure_id = %(kept_measure_id)s::int
        and capture_session_id is null
        and value between %(kept_low)s::float8 and %(kept_high)s::float8
) as kept on kept_run_id = position
where in_project = %(project_id)s
    and (%(experiment_id)s::int is null or in_experiment = %(experiment_id)s)
    and (%(status)s::text is null or status = %(status)s)
    and (%(tags)s::text[] is null or tags @> %(tags)s)
    and (%(q)s::text is null or lower(name || ' ' || notes) like lower(%(q)s))
    and (%(git_sha)s::text is null or git_sha = %(git_sha)s)
    and (%(created_by)s::uuid is null or created_by = %(created_by)s)
    and (%(sensor_id)s::int is null or sensor_ids @> array[%(sensor_id)s::int])
    and (
        %(profile_id)s::int is null
        or sensor_ids @> array[%(profile_sensor_id)s::int]
        and tstzrange(coalesce(started_at, now()), finished_at)
            && (select range_agg(during) from profile_validity where profile_id = %(profile_id)s)
    )
    and (%(sort)s::text not like '%%measure' or sort_run_id is not null)
    and (%(sort)s not like '%%unmeasured' or sort_run_id is null)
    and (%(kept_measure_id)s is null or kept_run_id is not null)
    and (
        %(measure_ids)s::int[] is null
        or position in (
            select found.run_id
            from unnest(%(measure_ids)s::int[], %(measure_lows)s::float8[], %(measure_highs)s::float8[])
                as wanted (measure_id, low, high)
            join measure_value as found
                on found.measure_id = wanted.measure_id
                and found.capture_session_id is null
                and found.value between wanted.low and wanted.high
            group by found.run_id
            having count(*) = cardinality(%(measure_ids)s)
        )
    )
    and (%(created_from)s::timestamptz is null or created_at >= %(created_from)s)
    and (%(created_to)s::timestamptz is null or created_at < %(created_to)s)
    and (
        %(started_from)s::timestamptz is null
        or coalesce(started_at, 'infinity') >= %(started_from)s
        and coalesce(started_at, 'infinity') < 'infinity'
    )
    and (%(started_to)s::timestamptz is null or coalesce(started_at, 'infinity') < %(started_to)s)
    and (
        %(after_id)s::int is null
        or case %(sort)s
            when 'created_at' then (created_at, position) > (%(after_time)s::timestamptz, %(after_id)s)
            when '-created_at' then (created_at, position) < (%(after_time)s, %(after_id)s)
            when 'started_at'
                then (coalesce(started_at, 'infinity'), position) > (%(after_time)s, %(after_id)s)
            when '-started_at'
                then (coalesce(started_at, 'infinity'), position) < (%(after_time)s, %(after_id)s)
            when 'finished_at'
                then (coalesce(finished_at, 'infinity'), position) > (%(after_time)s, %(after_id)s)
            when '-finished_at'
                then (coalesce(finished_at, 'infinity'), position) < (%(after_time)s, %(after_id)s)
            when 'name' then (lower(name), position) > (%(after_name)s::text, %(after_id)s)
            when '-name' then (lower(name), position) < (%(after_name)s, %(after_id)s)
            when 'measure' then (measure_value, sort_run_id) > (%(after_value)s::float8, %(after_id)s)
            when '-measure' then (measure_value, sort_run_id) < (%(after_value)s, %(after_id)s)
            when 'unmeasured' then position > %(after_id)s
            when '-unmeasured' then position < %(after_id)s
        end
    )
order by
    case when %(sort)s = 'created_at' then created_at end,
    case when %(sort)s = '-created_at' then created_at end desc,
    case when %(sort)s = 'started_at' then coalesce(started_at, 'infinity') end,
    case when %(sort)s = '-started_at' then coalesce(started_at, 'infinity') end desc,
    case when %(sort)s = 'finished_at' then coalesce(finished_at, 'infinity') end,
    case when %(sort)s = '-finished_at' then coalesce(finished_at, 'infinity') end desc,
    case when %(sort)s = 'name' then lower(name) end,
    case when %(sort)s = '-name' then lower(name) end desc,
    case when %(sort)s = 'measure' then measure_value end,
    case when %(sort)s = '-measure' then measure_value end desc,
    case when %(sort)s like '-%%' then position end desc,
    position
limit %(fetch)s;
