-- What `status` says of a library, kept by the transaction that changes what is counted: counting a million rows takes
-- longer than a person waits. New entries and contents are counted by whoever inserts them, once for each transaction: a
-- trigger for every row makes indexing a fifth slower. A content's kind and size never change.
CREATE TABLE totals (
    what   TEXT NOT NULL,             -- entries, deferred, contents, pending, thumbnails, failures, final
    name   TEXT NOT NULL,             -- nothing, reason, kind, kind, size, reason, kind of content
    number INTEGER NOT NULL,
    bytes  INTEGER NOT NULL,
    PRIMARY KEY (what, name)
) WITHOUT ROWID;

INSERT INTO totals SELECT 'entries', '', count(*), coalesce(sum(size), 0) FROM entries;
INSERT INTO totals SELECT 'deferred', deferred, count(*), 0 FROM entries WHERE deferred IS NOT NULL GROUP BY deferred;
INSERT INTO totals SELECT 'contents', kind, count(*), sum(size) FROM content_identities GROUP BY kind;
INSERT INTO totals SELECT 'pending', kind, count(*), sum(size) FROM content_identities WHERE pending = 1 GROUP BY kind;
INSERT INTO totals SELECT 'thumbnails', size, count(*), sum(file_size) FROM thumbnails GROUP BY size;
INSERT INTO totals SELECT 'failures', reason, count(*), 0 FROM failures GROUP BY reason;
INSERT INTO totals SELECT 'final', c.kind, count(*), 0 FROM failures f JOIN content_identities c ON c.id = f.content_id
    WHERE f.next_attempt_at IS NULL GROUP BY c.kind;

CREATE TRIGGER entry_leaves AFTER DELETE ON entries BEGIN
    UPDATE totals SET number = number - 1, bytes = bytes - OLD.size WHERE what = 'entries' AND name = '';
END;
CREATE TRIGGER entry_grows AFTER UPDATE OF size ON entries WHEN NEW.size <> OLD.size BEGIN
    UPDATE totals SET bytes = bytes + NEW.size - OLD.size WHERE what = 'entries' AND name = '';
END;

CREATE TRIGGER deferred_leaves AFTER DELETE ON entries WHEN OLD.deferred IS NOT NULL BEGIN
    UPDATE totals SET number = number - 1 WHERE what = 'deferred' AND name = OLD.deferred;
END;
CREATE TRIGGER deferred_changes AFTER UPDATE OF deferred ON entries WHEN NEW.deferred IS NOT OLD.deferred BEGIN
    UPDATE totals SET number = number - 1 WHERE what = 'deferred' AND name = OLD.deferred;
    INSERT INTO totals SELECT 'deferred', NEW.deferred, 1, 0 WHERE NEW.deferred IS NOT NULL
        ON CONFLICT DO UPDATE SET number = number + 1;
END;

-- Before, so that what is counted by kind still has its content. The counter may not be there yet: new rows are counted
-- at the end of the transaction.
CREATE TRIGGER content_leaves BEFORE DELETE ON content_identities BEGIN
    DELETE FROM failures WHERE content_id = OLD.id;
    INSERT INTO totals VALUES ('contents', OLD.kind, -1, -OLD.size)
        ON CONFLICT DO UPDATE SET number = number + excluded.number, bytes = bytes + excluded.bytes;
    INSERT INTO totals VALUES ('pending', OLD.kind, -OLD.pending, -OLD.pending * OLD.size)
        ON CONFLICT DO UPDATE SET number = number + excluded.number, bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER pending_changes AFTER UPDATE OF pending ON content_identities WHEN NEW.pending <> OLD.pending BEGIN
    INSERT INTO totals
        VALUES ('pending', OLD.kind, NEW.pending - OLD.pending, (NEW.pending - OLD.pending) * OLD.size)
        ON CONFLICT DO UPDATE SET number = number + excluded.number, bytes = bytes + excluded.bytes;
END;

CREATE TRIGGER thumbnail_counts AFTER INSERT ON thumbnails BEGIN
    INSERT INTO totals VALUES ('thumbnails', NEW.size, 1, NEW.file_size)
        ON CONFLICT DO UPDATE SET number = number + 1, bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER thumbnail_leaves AFTER DELETE ON thumbnails BEGIN
    UPDATE totals SET number = number - 1, bytes = bytes - OLD.file_size WHERE what = 'thumbnails' AND name = CAST(OLD.size AS TEXT);
END;
CREATE TRIGGER thumbnail_grows AFTER UPDATE OF file_size ON thumbnails WHEN NEW.file_size <> OLD.file_size BEGIN
    UPDATE totals SET bytes = bytes + NEW.file_size - OLD.file_size WHERE what = 'thumbnails' AND name = CAST(OLD.size AS TEXT);
END;

CREATE TRIGGER failure_counts AFTER INSERT ON failures BEGIN
    INSERT INTO totals VALUES ('failures', NEW.reason, 1, 0) ON CONFLICT DO UPDATE SET number = number + 1;
    INSERT INTO totals SELECT 'final', kind, NEW.next_attempt_at IS NULL, 0
        FROM content_identities WHERE id = NEW.content_id
        ON CONFLICT DO UPDATE SET number = number + excluded.number;
END;
CREATE TRIGGER failure_leaves AFTER DELETE ON failures BEGIN
    UPDATE totals SET number = number - 1 WHERE what = 'failures' AND name = OLD.reason;
    UPDATE totals SET number = number - (OLD.next_attempt_at IS NULL)
        WHERE what = 'final' AND name = (SELECT kind FROM content_identities WHERE id = OLD.content_id);
END;
CREATE TRIGGER failure_changes AFTER UPDATE OF reason, next_attempt_at ON failures BEGIN
    UPDATE totals SET number = number - 1 WHERE what = 'failures' AND name = OLD.reason;
    INSERT INTO totals VALUES ('failures', NEW.reason, 1, 0) ON CONFLICT DO UPDATE SET number = number + 1;
    UPDATE totals SET number = number + (NEW.next_attempt_at IS NULL) - (OLD.next_attempt_at IS NULL)
        WHERE what = 'final' AND name = (SELECT kind FROM content_identities WHERE id = OLD.content_id);
END;

-- Only counting used it, and every new content paid for it.
DROP INDEX contents_by_kind;
