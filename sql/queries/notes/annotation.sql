-- Annotations: what people note about times.

-- name: create
insert into annotation (project_id, run_id, from_time, to_time, text, tags, sensor_ids, created_by)
values (
    %(project_id)s, %(run_id)s, %(from)s, %(to)s, %(text)s, %(tags)s, %(sensor_ids)s::int4[], %(created_by)s
)
returning id;

-- name: item
select * from annotation_item where position = %(id)s;

-- name: lock
select id from annotation where id = %(id)s for no key update;

-- name: update
update annotation
set
    run_id = %(run_id)s,
    from_time = %(from)s,
    to_time = %(to)s,
    text = %(text)s,
    tags = %(tags)s,
    sensor_ids = coalesce(%(sensor_ids)s::int4[], sensor_ids),
    version = version + 1,
    updated_at = now()
where id = %(id)s;

-- name: delete
delete from annotation where id = %(id)s;


-- name: list
-- Planned for its parameters each time, as the list of runs is.
select *
from annotation_item
where in_project = %(project_id)s
    and (%(from)s::timestamptz is null or coalesce("to", "from") >= %(from)s)
    and (%(to)s::timestamptz is null or "from" < %(to)s)
    and (%(sensor_id)s::int is null or sensor_ids @> array[%(sensor_id)s::int])
    and (%(run_id)s::int is null or in_run = %(run_id)s)
    and (%(tags)s::text[] is null or tags @> %(tags)s)
    and (%(q)s::text is null or lower(text) like lower(%(q)s))
    and (
        %(after_id)s::int is null
        or case %(sort)s::text
            when 'created_at' then (created_at, position) > (%(after_time)s::timestamptz, %(after_id)s)
            when '-created_at' then (created_at, position) < (%(after_time)s::timestamptz, %(after_id)s)
            when 'from' then ("from", position) > (%(after_time)s::timestamptz, %(after_id)s)
            when '-from' then ("from", position) < (%(after_time)s::timestamptz, %(after_id)s)
        end
    )
order by
    case when %(sort)s::text = 'created_at' then created_at end,
    case when %(sort)s::text = '-created_at' then created_at end desc,
    case when %(sort)s::text = 'from' then "from" end,
    case when %(sort)s::text = '-from' then "from" end desc,
    case when %(sort)s::text like '-%%' then position end desc,
    position
limit %(fetch)s;
