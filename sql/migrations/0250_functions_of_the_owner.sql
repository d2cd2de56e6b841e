-- By these the worker has done what only the owner of tables may do; `sql/views/worker.sql` says what each does.
-- Made here, so that no other role may ever call them in between.

create function drop_old_chunk(of_table text, from_time timestamptz, to_time timestamptz)
returns setof text language sql security definer set search_path = public, pg_temp as $$ select null::text limit 0 $$;
create function prune_audit(keep_days int)
returns jsonb language sql security definer set search_path = public, pg_temp as $$ select null::jsonb $$;
create function enable_columnstore()
returns void language sql security definer set search_path = public, pg_temp as '';
create function move_into_columnstore(chunk oid)
returns void language sql security definer set search_path = public, pg_temp as '';

revoke execute on function drop_old_chunk, prune_audit, enable_columnstore, move_into_columnstore from public;

-- What a trigger reads and writes needs no right of whoever made it act.
do $$
declare
    name regprocedure;
begin
    for name in
        select oid::regprocedure from pg_proc
        where pronamespace = 'public'::regnamespace and prorettype = 'trigger'::regtype and probin is null
    loop
        execute format('alter function %s security definer set search_path = public, pg_temp', name);
    end loop;
end
$$;
