-- Whatever rewrites physical values keeps what it replaced: a window of a backfill, or (without one) a
-- stretch converted again because an auxiliary came late. Its moment is that of its commit.

alter table backfill_saved
    alter column window_id drop not null,
    -- What each reading became (`barograph/saved_values.py`): of several equal ones it tells those that were
    -- rewritten from those that came later. Null: an earlier release saved them.
    add column became bytea compression lz4;

-- At the commit itself, after everything else that the transaction does. A commit that does not wait for the
-- disk is visible at once; one that is lost with a crash is lost whole, and its work is done again.
create function stamp_replaced_at() returns trigger language plpgsql as $$
declare
    latest timestamptz;
begin
    perform set_config('synchronous_commit', 'off', true);
    -- Should the clock have been set back, the order of rewritings stays what it was.
    select max(replaced_at) + interval '1 microsecond'
    into latest
    from backfill_saved
    where project_id = new.project_id
        and during && new.during
        and sensor_ids && new.sensor_ids
        and replaced_at < 'infinity';
    update backfill_saved set replaced_at = greatest(clock_timestamp(), latest) where id = new.id;
    return null;
end
$$;
-- Windows that are cut again take their moments along: these are past.
create constraint trigger stamp_replaced_at after insert on backfill_saved
    deferrable initially deferred
    for each row when (new.replaced_at >= now())
    execute function stamp_replaced_at();
