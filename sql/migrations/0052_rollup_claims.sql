-- What a worker must know of dirty windows before it takes some.

-- Of the commit, in this minute; null: not known.
alter table dirty_window add column readings bigint;
-- One that could not be rolled up even alone is left until then, so that it doesn't keep the rest waiting.
alter table dirty_window add column held_until timestamptz;
alter table fold_due add column held_until timestamptz;

-- Whether squares of such magnitudes, and sums of very many of them, are numbers that a float64 holds.
create function is_tame(magnitude float8) returns boolean
    language sql immutable parallel safe
    return magnitude < 1e140;

-- Arithmetic that takes for 0 what is too small for a float64, where the operators raise an error.
create function square(value float8) returns float8
    language sql immutable parallel safe
    return case when abs(value) < 1e-150 then 0 else value * value end;
create function quotient(dividend float8, divisor numeric) returns float8
    language sql immutable parallel safe
    return case when abs(dividend) < 1e-290 then 0 else dividend / nullif(divisor, 0)::float8 end;
