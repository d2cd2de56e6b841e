-- Following what changes of the readings, from one snapshot to a later one.

-- name: position
-- Where this transaction stands: the server since its start, its snapshot, its clock, and the horizon of the log.
-- A horizon that lies ahead was restored from another server's, and means nothing here.
select
    (extract(epoch from pg_postmaster_start_time()) * 1000000)::int8 as server_us,
    pg_current_snapshot()::text as snapshot,
    (extract(epoch from clock_timestamp()) * 1000000)::int8 as now_us,
    coalesce(
        (
            select max(xid::text::int8)
            from live_horizon
            where xid < pg_snapshot_xmax(pg_current_snapshot())
        ),
        0
    ) as horizon;

-- name: changes
-- What a transaction changed that this snapshot sees, and an earlier one did not.
select touched
from change_log
where (xid >= %(next)s::xid8 or xid = any(%(running)s::xid8[]))
    -- What another server's log left behind in a restored database.
    and xid < pg_snapshot_xmax(pg_current_snapshot());

-- name: entitled
-- Those streams whose log-in holds, and whether its account may still see the project as it did.
with stream as (
    select *
    from unnest(
        %(number)s::int4[], %(account_id)s::uuid[], %(login_id)s::uuid[], %(session_hash)s::bytea[],
        %(service_hash)s::bytea[], %(project_id)s::int4[], %(is_raw)s::bool[]
    ) as stream (number, account_id, login_id, session_hash, service_hash, project_id, is_raw)
)
select
    stream.number,
    coalesce(
        (caller.caller_is_admin or member.role is not null)
        and (
            not stream.is_raw
            or project.raw_access = 'members'
            or caller.caller_is_admin
            or member.role in ('editor', 'owner')
        ),
        false
    ) as sees_project
from stream
-- Each has one of the three.
join lateral (
    select caller_id, caller_is_admin, caller_must_change_password
    from caller_of_login
    where caller_login_id = stream.login_id and caller_id = stream.account_id
    union all
    select caller_id, caller_is_admin, caller_must_change_password
    from caller_of_session
    where token_hash = stream.session_hash
    union all
    select caller_id, caller_is_admin, caller_must_change_password
    from caller_of_service
    where token_hash = stream.service_hash
) as caller on not caller.caller_must_change_password
left join project on project.id = stream.project_id
left join member on member.project_id = project.id and member.account_id = caller.caller_id;
