-- Events are followed as the log of changes is: by what a transaction wrote that a later snapshot sees and an earlier one
-- did not. Those that are there get this transaction's number, and are old by their times.

alter table event add column xid xid8 not null default pg_current_xact_id();
create index event_xid_idx on event (project_id, xid);
create index event_created_at_idx on event (project_id, created_at);
