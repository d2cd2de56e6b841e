-- The shapes of annotations and saved views, as in `items.sql`.

create or replace view annotation_item as
select
    annotation.id as position,
    annotation.project_id as in_project,
    annotation.run_id as in_run,
    annotation.sensor_ids,
    annotation.public_id as id,
    project.public_id as project_id,
    annotation.from_time as from,
    annotation.to_time as to,
    annotation.text,
    annotation.tags,
    array(
        select sensor.public_id from sensor where sensor.id = any(annotation.sensor_ids) order by sensor.id
    ) as sensors,
    run.public_id as run,
    annotation.created_by,
    annotation.version,
    annotation.created_at,
    annotation.updated_at
from annotation
join project on project.id = annotation.project_id
left join run on run.id = annotation.run_id;

create or replace view saved_view_item as
select
    saved_view.id as position,
    saved_view.project_id as in_project,
    saved_view.public_id as id,
    project.public_id as project_id,
    saved_view.name,
    saved_view.is_shared as shared,
    saved_view.spec,
    saved_view.created_by,
    account.name as created_by_name,
    saved_view.version,
    saved_view.created_at,
    saved_view.updated_at
from saved_view
join project on project.id = saved_view.project_id
join account on account.id = saved_view.created_by;

create or replace view saved_comparison_item as
select
    saved_comparison.id as position,
    saved_comparison.project_id as in_project,
    saved_comparison.public_id as id,
    project.public_id as project_id,
    saved_comparison.name,
    saved_comparison.question,
    saved_comparison.created_by,
    account.name as created_by_name,
    saved_comparison.version,
    saved_comparison.created_at,
    saved_comparison.updated_at
from saved_comparison
join project on project.id = saved_comparison.project_id
left join account on account.id = saved_comparison.created_by;
