-- Tokens that gateways authenticate with; `catalog.tokens` is what ingest sees of them.

-- name: create
insert into ingest_token (
    project_id, name, token_hash, sensors, producers, may_resume, expires_at, created_by
)
values (
    %(project_id)s,
    %(name)s,
    %(token_hash)s,
    %(sensors)s::int[],
    %(producers)s::text[],
    %(may_resume)s,
    %(expires_at)s,
    %(created_by)s
)
returning id;

-- name: sensors_by_public_id
select id, public_id from sensor where project_id = %(project_id)s and public_id = any(%(public_ids)s);

-- name: item
select * from ingest_token_item where id = %(id)s;

-- name: list
select *
from ingest_token_item
where in_project = %(project_id)s and position < %(before)s
order by position desc
limit %(fetch)s;

-- name: lock
select name, version, revoked_at is not null or coalesce(expires_at <= now(), false) as has_ended
from ingest_token
where id = %(id)s
for update;

-- name: revoke
update ingest_token
set revoked_at = now(), version = version + 1, updated_at = now()
where id = %(id)s and revoked_at is null;

-- name: copy
-- A token with another secret and the same name, scope and end.
insert into ingest_token (
    project_id, name, token_hash, sensors, producers, may_resume, expires_at, created_by, lineage
)
select
    project_id,
    name,
    %(token_hash)s,
    sensors,
    producers,
    may_resume,
    expires_at,
    %(created_by)s,
    coalesce(lineage, id)
from ingest_token
where id = %(id)s
returning id;

-- name: expire_soon
update ingest_token
set
    expires_at = least(expires_at, now() + %(overlap_s)s * interval '1 second'),
    version = version + 1,
    updated_at = now()
where id = %(id)s;

-- name: projects_of_issuer
-- Where tokens send that an account made, or a service account that it answers for.
select distinct project_id
from ingest_token
where revoked_at is null
    and (
        created_by = %(account_id)s
        or created_by in (select account_id from service_account where issued_by = %(account_id)s)
    )
order by project_id;
