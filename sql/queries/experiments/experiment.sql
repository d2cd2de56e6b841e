-- Experiments.

-- name: create
insert into experiment (project_id, name, description, tags, metadata, created_by)
values (%(project_id)s, %(name)s, %(description)s, %(tags)s, %(metadata)s, %(created_by)s)
returning id;

-- name: item
select * from experiment_item where position = %(id)s;

-- name: lock
select id from experiment where id = %(id)s for no key update;

-- name: update
update experiment
set
    name = %(name)s,
    description = %(description)s,
    tags = %(tags)s,
    metadata = %(metadata)s,
    version = version + 1,
    updated_at = now()
where id = %(id)s;

-- name: move
-- The rows are locked and were looked at; whatever is in another status by now stays there.
with old as (
    select id, status from experiment where id = any(%(ids)s) and status = any(%(from)s)
), moved as (
    update experiment
    set
        status = %(to)s,
        started_at = case when %(to)s = 'running' then clock_timestamp() else started_at end,
        finished_at = case when %(to)s in ('finished', 'failed') then clock_timestamp() else finished_at end,
        version = version + 1,
        updated_at = now()
    from old
    where experiment.id = old.id and experiment.status = old.status
    returning experiment.id, old.status as from_status
)
insert into status_change (kind, subject_id, from_status, to_status, actor_id, actor, role, reason)
select 'experiment', id, from_status, %(to)s, %(actor_id)s::uuid, %(actor)s, %(role)s, %(reason)s
from moved
returning subject_id;

-- name: delete
delete from experiment where id = %(id)s;

-- name: list
-- One statement for every filter and order, as in `run.list`. What is asked of runs is asked of one run.
select *, lower(name) as name_key
from experiment_item
where in_project = %(project_id)s
    and (%(status)s::text is null or status = %(status)s)
    and (%(tags)s::text[] is null or tags @> %(tags)s)
    and (%(q)s::text is null or lower(name || ' ' || description) like lower(%(q)s))
    and (%(created_by)s::uuid is null or created_by = %(created_by)s)
    and (
        %(git_sha)s::text is null and %(sensor_id)s::int is null and %(profile_id)s::int is null
        or position = any(array(
            select run.experiment_id
            from run
            where run.project_id = %(project_id)s
                and (%(git_sha)s::text is null or run.git_sha = %(git_sha)s)
                and (%(sensor_id)s::int is null or run.sensor_ids @> array[%(sensor_id)s::int])
                and (
                    %(profile_id)s::int is null
                    or run.sensor_ids @> array[%(profile_sensor_id)s::int]
                    and tstzrange(coalesce(run.started_at, now()), run.finished_at)
                        && (select range_agg(during) from profile_validity where profile_id = %(profile_id)s)
                )
        ))
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
        or case %(sort)s::text
            when 'created_at' then (created_at, position) > (%(after_time)s::timestamptz, %(after_id)s)
            when '-created_at' then (created_at, position) < (%(after_time)s::timestamptz, %(after_id)s)
            when 'started_at'
                then (coalesce(started_at, 'infinity'), position) > (%(after_time)s::timestamptz, %(after_id)s)
            when '-started_at'
                then (coalesce(started_at, 'infinity'), position) < (%(after_time)s::timestamptz, %(after_id)s)
            when 'finished_at'
                then (coalesce(finished_at, 'infinity'), position) > (%(after_time)s::timestamptz, %(after_id)s)
            when '-finished_at'
                then (coalesce(finished_at, 'infinity'), position) < (%(after_time)s::timestamptz, %(after_id)s)
            when 'name' then (lower(name), position) > (%(after_name)s::text, %(after_id)s)
            when '-name' then (lower(name), position) < (%(after_name)s::text, %(after_id)s)
        end
    )
order by
    case when %(sort)s::text = 'created_at' then created_at end,
    case when %(sort)s::text = '-created_at' then created_at end desc,
    case when %(sort)s::text = 'started_at' then coalesce(started_at, 'infinity') end,
    case when %(sort)s::text = '-started_at' then coalesce(started_at, 'infinity') end desc,
    case when %(sort)s::text = 'finished_at' then coalesce(finished_at, 'infinity') end,
    case when %(sort)s::text = '-finished_at' then coalesce(finished_at, 'infinity') end desc,
    case when %(sort)s::text = 'name' then lower(name) end,
    case when %(sort)s::text = '-name' then lower(name) end desc,
    case when %(sort)s::text like '-%%' then position end desc,
    position
limit %(fetch)s;
