-- When the last frame of a producer came: a gap behind it begins there.

create function last_arrival_at(producer) returns timestamptz
language sql stable
return $1.last_commit_at - coalesce($1.last_wait_s, 0) * interval '1 second';
