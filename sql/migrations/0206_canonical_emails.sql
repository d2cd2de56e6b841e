-- Emails are compared with only the letters A to Z in either case, in the same way in Python: what other letters become in
-- lower case depends on who is asked, and İ must not be a second i. The older index stays: it keeps a new account
-- from looking like one that there is.
create unique index account_canonical_email_key on account (lower(email collate "C"));
