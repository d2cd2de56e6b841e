-- Files whose parts clients send straight to the bucket: the bucket's name of the upload.
alter table artifact add column multipart_id text;
