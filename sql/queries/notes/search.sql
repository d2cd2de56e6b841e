-- Finding things by a text that stands in them.

-- name: find
-- The newest of each kind in each place that the index finds, those first whose title begins with the text. What stands
-- in a member's projects is found, and nothing else; an admin is a member everywhere.
with visible as materialized (
    select project.id, project.public_id, project.name, project.description
    from project
    left join member on member.project_id = project.id and member.account_id = %(account_id)s
    where (member.role is not null or %(is_admin)s)
        and (%(project)s::uuid is null or project.public_id = %(project)s::uuid)
), found as (
    (
        select 'project' as kind, public_id as id, id as in_project, name as title, description as detail
        from visible
        where lower(name || ' ' || description) like lower(%(q)s)
        order by visible.id desc
        limit %(limit)s
    )
    union all
    (
        select 'experiment', public_id, project_id, name, description
        from experiment
        where project_id = any(array(select id from visible))
            and lower(name || ' ' || description) like lower(%(q)s)
        order by experiment.id desc
        limit %(limit)s
    )
    union all
    (
        select 'run', public_id, project_id, name, notes
        from run
        where project_id = any(array(select id from visible))
            and lower(name || ' ' || notes) like lower(%(q)s)
        order by run.id desc
        limit %(limit)s
    )
    union all
    (
        select 'sensor', public_id, project_id, key, name
        from sensor
        where project_id = any(array(select id from visible))
            and lower(key || ' ' || name) like lower(%(q)s)
        order by sensor.id desc
        limit %(limit)s
    )
    union all
    (
        select 'producer', public_id, project_id, name, coalesce(agent, '')
        from producer
        where project_id = any(array(select id from visible))
            and lower(name) like lower(%(q)s)
            and name not like 'import/%%'
        order by producer.id desc
        limit %(limit)s
    )
    union all
    (
        select 'annotation', public_id, project_id, text, array_to_string(tags, ', ')
        from annotation
        where project_id = any(array(select id from visible)) and lower(text) like lower(%(q)s)
        order by annotation.id desc
        limit %(limit)s
    )
    union all
    (
        select 'view', public_id, project_id, name, ''
        from saved_view
        where project_id = any(array(select id from visible))
            and lower(name) like lower(%(q)s)
            and (is_shared or created_by = %(account_id)s)
        order by saved_view.id desc
        limit %(limit)s
    )
)
select
    found.kind,
    found.id,
    visible.public_id as project_id,
    left(found.title, 200) as title,
    left(found.detail, 200) as detail
from found
join visible on visible.id = found.in_project
where %(kinds)s::text[] is null or found.kind = any(%(kinds)s)
order by
    lower(found.title) = lower(%(text)s) desc,
    starts_with(lower(found.title), lower(%(text)s)) desc,
    array_position(
        array['project', 'sensor', 'experiment', 'run', 'producer', 'view', 'annotation'], found.kind
    ),
    found.title
limit %(limit)s;
