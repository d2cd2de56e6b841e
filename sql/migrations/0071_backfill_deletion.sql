-- A sensor without readings goes with its versions and the backfills that named them.

alter table backfill
    drop constraint backfill_profile_id_fkey,
    add constraint backfill_profile_id_fkey
        foreign key (profile_id) references conversion_profile on delete cascade;
create index backfill_profile_id_idx on backfill (profile_id) where profile_id is not null;

-- Of a window whose readings have been converted again since, because an auxiliary came late: an undo must
-- not bring back what was right without it.
alter table backfill_window add column is_overtaken boolean not null default false;
