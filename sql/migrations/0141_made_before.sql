-- Readings in a range that a named version was given, which it had made before: of all that it has made there,
-- an undo converts those again that arrived while the backfill's own timeline held. Not told by transaction
-- ids (`backfill.created_xid`, `stored_since`, which the releases before this one read): these mean nothing
-- in a database that was restored.
create table backfill_made_before (
    backfill_id int not null references backfill on delete cascade,
    time timestamptz not null,
    raw float8 not null
);
create index backfill_made_before_backfill_id_idx on backfill_made_before (backfill_id, time);

-- Of a version that has never held, nobody looks for such readings. Those that exist already may have.
alter table conversion_profile add column first_held_at timestamptz;
update conversion_profile set first_held_at = now();

create function note_first_held() returns trigger language plpgsql as $$
begin
    update conversion_profile set first_held_at = now() where id = new.profile_id and first_held_at is null;
    return null;
end
$$;
create trigger note_first_held after insert on profile_validity
    for each row execute function note_first_held();
