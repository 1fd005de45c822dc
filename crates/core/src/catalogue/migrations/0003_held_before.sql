-- Asked of every content that no entry holds: whether a file that could not be read since it changed held it before.
CREATE INDEX entries_held_before ON entries (held_before) WHERE held_before IS NOT NULL AND content_id IS NULL;
