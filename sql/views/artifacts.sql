-- Artifacts as they are shown.

create or replace view artifact_item as
select
    artifact.id as position,
    artifact.project_id as in_project,
    artifact.run_id as in_run,
    artifact.public_id as id,
    project.public_id as project_id,
    run.public_id as run_id,
    run.name as run,
    artifact.name,
    artifact.kind,
    artifact.content_type,
    artifact.metadata,
    artifact.is_restricted as restricted,
    artifact.url,
    artifact.size_bytes,
    encode(artifact.sha256, 'hex') as sha256,
    artifact.received_bytes,
    artifact.status,
    artifact.failure,
    artifact.missing_since,
    artifact.created_by,
    artifact.completed_at,
    artifact.reviewed_by,
    artifact.reviewed_at,
    artifact.review_reason,
    artifact.version,
    artifact.created_at,
    artifact.updated_at,
    coalesce(nullif(reviewer.name, ''), reviewer.email) as reviewer
from artifact
join project on project.id = artifact.project_id
join run on run.id = artifact.run_id
left join account as reviewer on reviewer.id = artifact.reviewed_by;
