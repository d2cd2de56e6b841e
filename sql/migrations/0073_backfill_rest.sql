-- Until when a backfill rests whose share of the database is limited, whichever workers do it.
alter table backfill add column rest_until timestamptz;
