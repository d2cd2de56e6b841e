-- What changed of the readings, for those who watch: a row for each commit, kept for half an hour. It is read by
-- snapshot and never by number, since transactions don't commit in the order in which they begin.

create table change_log (
    xid xid8 not null default pg_current_xact_id(),
    created_at timestamptz not null default clock_timestamp(),
    -- Arrays of one length: a sensor, and a stretch within one minute, from its first reading to its last.
    sensor_ids int[] not null,
    first_us bigint[] not null,
    length_us int[] not null,
    readings bigint[] not null
);
select create_hypertable('change_log', by_range('created_at', interval '10 minutes'), create_default_indexes => false);
create index change_log_xid_idx on change_log (xid);

-- To compress them would cost a commit more than to write them.
alter table change_log alter column sensor_ids set storage external;
alter table change_log alter column first_us set storage external;
alter table change_log alter column length_us set storage external;
alter table change_log alter column readings set storage external;

-- The greatest transaction whose changes are not in the log any more.
create table live_horizon (xid xid8 not null);
insert into live_horizon values ('0');
