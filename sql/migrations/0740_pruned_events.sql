-- Up to where the events of a project have gone. Whoever followed them no further than this has missed some, and is
-- told so.
create table event_pruned (
    project_id int primary key references project on delete cascade,
    -- The greatest transaction of which an event has gone.
    xid xid8 not null,
    -- And the latest time.
    until timestamptz not null
);
