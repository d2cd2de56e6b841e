-- Artifacts: files that a run holds. Class 67 of the two-key advisory locks counts a project's room one announcement
-- after the other.

-- name: create
insert into artifact (
    project_id, run_id, name, kind, content_type, metadata, is_restricted, url, size_bytes, sha256, status, completed_at,
    created_by
)
values (
    %(project_id)s, %(run_id)s, %(name)s, %(kind)s, %(content_type)s, %(metadata)s, %(restricted)s, %(url)s,
    %(size_bytes)s, %(sha256)s, %(status)s, case when %(status)s = 'ready' then now() end, %(created_by)s
)
returning id;

-- name: item
select * from artifact_item where position = %(id)s;

-- name: list
-- Planned for its parameters each time. `latest` leaves, of those of a kind and a name, the one that was made last.
select *
from artifact_item as item
where in_project = %(project_id)s
    and (%(run_id)s::int is null or in_run = %(run_id)s)
    and (%(sees_restricted)s or not restricted)
    and (%(kind)s::text is null or kind = %(kind)s)
    and (%(name)s::text is null or name = %(name)s)
    and (%(status)s::text is null or status = %(status)s)
    and (%(approved)s::boolean is null or (status = 'approved') = %(approved)s)
    and (%(q)s::text is null or lower(name) like %(q)s)
    and (
        not %(latest)s
        or not exists (
            select
            from artifact as later
            where later.project_id = item.in_project
                and later.kind = item.kind
                and later.name = item.name
                and later.id > item.position
                and (%(run_id)s::int is null or later.run_id = %(run_id)s)
                and (%(sees_restricted)s or not later.is_restricted)
                and (%(status)s::text is null or later.status = %(status)s)
                and (%(approved)s::boolean is null or (later.status = 'approved') = %(approved)s)
        )
    )
    and position < %(before)s
order by position desc
limit %(fetch)s;

-- name: lock_room
select pg_advisory_xact_lock(67, %(project_id)s);

-- name: announced
-- What a project's artifacts take, and what is still to come of all projects' uploads.
select
    coalesce(sum(size_bytes) filter (where project_id = %(project_id)s), 0)::int8 as project_bytes,
    coalesce(sum(size_bytes - received_bytes) filter (where status = 'uploading'), 0)::int8 as coming_bytes,
    (select artifact_quota_bytes from project where id = %(project_id)s) as quota_bytes
from artifact
where url is null
    and status <> 'damaged'
    and (project_id = %(project_id)s or status = 'uploading');

-- name: room
-- The same of one project, for people.
select
    count(artifact.id) as files,
    coalesce(sum(size_bytes), 0)::int8 as kept_bytes,
    coalesce(sum(size_bytes) filter (where status = 'uploading'), 0)::int8 as uploading_bytes,
    project.artifact_quota_bytes as quota_bytes
from project
left join artifact on artifact.project_id = project.id and url is null and status <> 'damaged'
where project.id = %(project_id)s
group by project.id;

-- name: standing
select status, size_bytes, received_bytes, sha256, multipart_id from artifact where id = %(id)s;

-- name: lock
select status, size_bytes, received_bytes, version, multipart_id
from artifact
where id = %(id)s
for update;

-- name: receive
-- A piece is here: it has been synced, by whoever has the file to itself.
update artifact
set received_bytes = %(received_bytes)s, received_at = now(), version = version + 1, updated_at = now()
where id = %(id)s
    and status = 'uploading'
    and received_bytes = %(offset)s
    and size_bytes >= %(received_bytes)s;

-- name: send_directly
-- Its parts go to the bucket, so that nothing but this tells that somebody goes on with it.
update artifact set multipart_id = %(multipart_id)s, received_at = now(), updated_at = now() where id = %(id)s;

-- name: make_ready
with ready as (
    update artifact
    set status = 'ready', received_bytes = size_bytes, completed_at = now(), version = version + 1, updated_at = now()
    where id = %(id)s
    returning artifact.*
)
insert into event (project_id, kind, payload)
select ready.project_id, 'artifact.ready', artifact_news(row(ready.*)::artifact) from ready;

-- name: damage
update artifact
set status = 'damaged', failure = %(failure)s, completed_at = now(), version = version + 1, updated_at = now()
where id = %(id)s;

-- name: review
with reviewed as (
    update artifact
    set
        status = %(status)s,
        reviewed_by = %(account_id)s,
        reviewed_at = now(),
        review_reason = %(reason)s,
        version = version + 1,
        updated_at = now()
    where id = %(id)s
    returning artifact.*
)
insert into event (project_id, kind, payload)
select reviewed.project_id, 'artifact.approved', artifact_news(row(reviewed.*)::artifact)
from reviewed
where reviewed.status = 'approved';

-- name: delete
delete from artifact where id = %(id)s;

-- name: tell_ready
insert into event (project_id, kind, payload)
select artifact.project_id, 'artifact.ready', artifact_news(artifact) from artifact where artifact.id = %(id)s;

-- name: abandon
-- Uploads of which nothing has come for a day.
update artifact
set
    status = 'damaged',
    failure = 'nothing of the file has come for a day',
    completed_at = now(),
    version = version + 1,
    updated_at = now()
where status = 'uploading' and received_at < now() - interval '1 day'
returning public_id;

-- name: kept
-- All that the store holds something of, or should.
select id, public_id, name, size_bytes, status, multipart_id, missing_since is not null as is_missing
from artifact
where url is null and status <> 'damaged'
order by id;

-- name: unwanted
-- All that the store should hold nothing of any more.
select public_id from artifact where url is null and status = 'damaged'
union all
select artifact_id from artifact_removal;

-- name: forget_removals
-- What was written to the store after it was removed has been removed again by then.
delete from artifact_removal where removed_at < now() - interval '30 days';

-- name: note_missing
update artifact
set missing_since = case when %(is_missing)s then now() end, version = version + 1, updated_at = now()
where id = %(id)s and (missing_since is not null) <> %(is_missing)s and status <> 'uploading'
returning id;
