-- Readings of a sensor that came together, as one row of arrays instead of a row each (`barograph/database/block_format.py`).

-- No foreign keys, as in `reading`: the catalog sees to that.
create table reading_block (
    -- Of the readings in it, within one second: so a question about some time looks a second back for blocks, and no further.
    first_time timestamptz not null,
    last_time timestamptz not null,
    sensor_id int not null,
    -- The version by which all of them were converted, if any.
    profile_id int,
    -- In order of time; all of one length. Without an element that is NULL.
    time timestamptz[] not null,
    raw float8[] not null,
    -- Null: none has a physical value.
    physical float8[],
    -- Null: none has a flag.
    flags int2[]
);
comment on table reading_block is 'Readings that came together, in arrays: of one sensor, one second and one version';
select create_hypertable('reading_block', by_range('first_time', interval '1 day'), create_default_indexes => false);
create index reading_block_sensor_id_time_idx on reading_block (sensor_id, first_time, last_time);
-- A block fits into a third of a page. To pack it, or to put it elsewhere, would cost each reader more than it saves.
alter table reading_block
    alter column time set storage plain,
    alter column raw set storage plain,
    alter column physical set storage plain,
    alter column flags set storage plain;

-- Whether programs store blocks. Those of a release before this one see none: where they may still run, somebody says once
-- that they do not (`barograph migrate --blocks`). It is never taken back.
create table reading_storage (has_blocks boolean not null);
comment on table reading_storage is 'One row: how readings are stored';
insert into reading_storage (has_blocks) select not exists (select from project);
