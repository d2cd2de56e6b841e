-- When work of a kind was last begun for a project, so that projects take turns at the workers' threads.
create table project_turn (
    work text not null check (work in ('backfill', 'import')),
    project_id int not null references project on delete cascade,
    taken_at timestamptz not null default clock_timestamp(),
    primary key (work, project_id)
);
