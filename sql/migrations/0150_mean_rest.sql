-- What statistics of roll-ups need to keep their digits.

-- What the mean lacks as a float64: the true mean is nearer to the sum of both. Null where the code of an
-- earlier release made the roll-up; that of a bucket that was made of such is null, too.
alter table rollup
    add column raw_mean_rest float8,
    add column physical_mean_rest float8;

-- Whether squares of deviations of numbers in this range, and sums of very many of them, are numbers that a
-- float64 holds. If not, mean and m2 of the roll-up are NaN, and readings are summed up instead.
create function is_tame(low float8, high float8) returns boolean
    language sql immutable parallel safe
    return greatest(abs(low), abs(high)) < 1e140 and (low = high or high - low > 1e-140);

-- From the mean: the root of the mean square.
create function deviation(m2 float8, count bigint) returns float8
    language sql immutable parallel safe
    return case when m2 < 1e-290 then 0 else sqrt(m2 / count) end;

-- The nearest number in a range, to which one that was rounded out of it belongs. NaN stays.
create function within(value float8, low float8, high float8) returns float8
    language sql immutable parallel safe
    return case when value < low then low when value > high and value <> 'NaN' then high else value end;
