-- Who carries events waits for them: a transaction that has written some says so when it commits, once.
create function tell_of_events() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    -- A statement that wrote none brings us here, too.
    if exists (select from written) then
        perform pg_notify('barograph_event', '');
    end if;
    return null;
end;
$$;
create trigger tell_of_events after insert on event
referencing new table as written for each statement execute function tell_of_events();
