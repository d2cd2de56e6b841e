-- Numbers that are logged of runs, such as a loss by epoch: one value for each step of a name.

create table run_metric (
    id int generated always as identity primary key,
    run_id int not null references run on delete cascade,
    name text not null,
    created_at timestamptz not null default now(),
    constraint run_metric_name_key unique (run_id, name)
);

create table metric_point (
    metric_id int not null references run_metric on delete cascade,
    step int8 not null,
    value float8 not null,
    time timestamptz not null,
    primary key (metric_id, step)
);
