-- A timeline that changes while a backfill is open: windows that were done by the old one are done again.
alter table backfill_window add column is_stale boolean not null default false;
create index backfill_window_stale_idx on backfill_window (backfill_id, level, id) where is_stale;

-- Whether the timeline of any of its sensors has changed since it was planned. A row of its own: a window's
-- transaction locks it before it commits, and fails if the timeline has changed since it began to read.
create table backfill_timeline (
    backfill_id int primary key references backfill on delete cascade,
    has_changed boolean not null default false
);
insert into backfill_timeline (backfill_id) select id from backfill;

create function add_backfill_timeline() returns trigger language plpgsql as $$
begin
    insert into backfill_timeline (backfill_id) values (new.id);
    return null;
end
$$;
create trigger add_timeline after insert on backfill for each row execute function add_backfill_timeline();
