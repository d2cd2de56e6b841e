-- Events of what changes its state, written by the database in the transaction of the change, whichever program and
-- whichever release changes it.

-- As all events write times.
create function event_time(at timestamptz) returns text language sql immutable parallel safe as $$
    select to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;

create function tell_of_states() returns trigger language plpgsql
security definer set search_path = public, pg_temp
as $$
begin
    insert into event (project_id, kind, payload)
    select
        run.project_id,
        'run.' || case moved.to_status when 'running' then 'started' else moved.to_status end,
        jsonb_build_object(
            'run_id', run.public_id,
            'run', run.name,
            'experiment_id', experiment.public_id,
            'experiment', experiment.name,
            'from', moved.from_status,
            'status', moved.to_status,
            'started_at', event_time(run.started_at),
            'finished_at', event_time(run.finished_at),
            'actor', moved.actor,
            'reason', moved.reason
        )
    from moved
    join run on run.id = moved.subject_id
    join experiment on experiment.id = run.experiment_id
    where moved.kind = 'run' and moved.to_status in ('running', 'finished', 'failed', 'archived')
    order by moved.id;

    insert into event (project_id, kind, payload)
    select
        session.project_id,
        'capture.' || told.what,
        jsonb_build_object(
            'capture_session_id', session.public_id,
            'ordinal', session.ordinal,
            'run_id', run.public_id,
            'run', run.name,
            'from', moved.from_status,
            'status', moved.to_status,
            'started_at', event_time(session.started_at),
            'stopped_at', event_time(session.stopped_at),
            'actor', moved.actor,
            'reason', moved.reason
        )
    from moved
    join capture_session as session on session.id = moved.subject_id
    join run on run.id = session.run_id
    cross join lateral (
        select case
            when moved.from_status = 'backfilling' then 'backfill.finished'
            when moved.to_status = 'running' then 'started'
            when moved.to_status = 'succeeded' then 'completed'
            when moved.to_status = 'failed' then 'failed'
        end as what
    ) as told
    where moved.kind = 'capture_session' and told.what is not null
    order by moved.id;
    return null;
end
$$;
create trigger status_change_tell after insert on status_change
referencing new table as moved for each statement execute function tell_of_states();

create function tell_of_backfill() returns trigger language plpgsql
security definer set search_path = public, pg_temp
as $$
begin
    insert into event (project_id, kind, payload)
    values (
        new.project_id,
        'backfill.' || case new.status when 'running' then 'started' else new.status end,
        jsonb_build_object(
            'backfill_id', new.public_id,
            'status', new.status,
            'dry_run', new.is_dry_run,
            'reason', new.reason,
            'error', new.error,
            'started_at', event_time(new.started_at),
            'finished_at', event_time(new.finished_at)
        )
    );
    return null;
end
$$;
create trigger backfill_tell after update on backfill for each row
when (
    (old.status = 'planned' and new.status = 'running')
    or (old.status <> new.status and new.status in ('finished', 'failed', 'undone'))
)
execute function tell_of_backfill();

create function tell_of_import() returns trigger language plpgsql
security definer set search_path = public, pg_temp
as $$
begin
    insert into event (project_id, kind, payload)
    values (
        new.project_id,
        'import.finished',
        jsonb_build_object(
            'import_id', new.public_id,
            'file_name', new.file_name,
            'status', new.status,
            'failure', nullif(new.failure, ''),
            'accepted', new.accepted,
            'rows', new.rows_done
        )
    );
    return null;
end
$$;
create trigger import_tell after update on import for each row
when (old.status <> new.status and new.status in ('finished', 'failed'))
execute function tell_of_import();

-- Of saved comparisons: made, changed, deleted. Nothing is told to a project that goes itself.
create function tell_of_comparison() returns trigger language plpgsql
security definer set search_path = public, pg_temp
as $$
declare
    told saved_comparison := case when tg_op = 'DELETE' then old else new end;
begin
    insert into event (project_id, kind, payload)
    select
        project.id,
        'comparison.changed',
        jsonb_build_object(
            'comparison_id', told.public_id,
            'name', told.name,
            'change', case tg_op when 'INSERT' then 'created' when 'UPDATE' then 'changed' else 'deleted' end
        )
    from project
    where project.id = told.project_id;
    return null;
end
$$;
create trigger saved_comparison_tell after insert or update or delete on saved_comparison
for each row execute function tell_of_comparison();

-- What the last event of a producer says, and when it was written.
alter table producer_liveness
    add column told_connected boolean not null default false,
    add column told_at timestamptz;
-- No news: these were there before.
update producer_liveness set told_connected = true
where is_connected and seen_at > now() - interval '15 seconds';

-- Those who follow the events of all projects look for them by transaction.
create index event_all_xid_idx on event (xid);
