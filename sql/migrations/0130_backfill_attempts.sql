-- How often in a row a backfill could not be planned, as its windows have it.
alter table backfill add column attempts int2 not null default 0;
