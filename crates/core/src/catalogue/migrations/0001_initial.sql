-- Keys are integers: random keys are what makes SQLite slow. Times are integers, milliseconds since 1970 UTC;
-- mtime alone is in nanoseconds, as the file system has it. Paths are bytes.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE locations (
    id         INTEGER PRIMARY KEY,
    uuid       TEXT NOT NULL UNIQUE,
    path       BLOB NOT NULL UNIQUE,          -- absolute
    device     INTEGER NOT NULL,              -- of the root: another one under the same path is another drive
    created_at INTEGER NOT NULL,
    indexed_at INTEGER                        -- end of the last complete look
);

-- A key is never used again (AUTOINCREMENT): what is in hand when a content goes must not become another's.
CREATE TABLE content_identities (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    cas_id       TEXT NOT NULL UNIQUE,
    size         INTEGER NOT NULL,            -- bytes
    newest_mtime INTEGER NOT NULL,            -- of the entries that hold it
    kind         TEXT NOT NULL,               -- image, video, document, audio, other
    mime_type    TEXT NOT NULL,
    width        INTEGER,
    height       INTEGER,
    duration_ms  INTEGER,
    pages        INTEGER,
    animated     INTEGER NOT NULL DEFAULT 0,
    thumbhash    BLOB,
    pending      INTEGER NOT NULL DEFAULT 1   -- 1 until it has its thumbnails or its final failure under the present settings
);
-- Bulk work pages through these two: largest first, or newest first.
CREATE INDEX contents_pending_by_size ON content_identities (size, id) WHERE pending = 1;
CREATE INDEX contents_pending_by_time ON content_identities (newest_mtime, id) WHERE pending = 1;
CREATE INDEX contents_by_kind ON content_identities (kind, pending);

CREATE TABLE entries (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid        TEXT NOT NULL,
    location_id INTEGER NOT NULL REFERENCES locations (id) ON DELETE CASCADE,
    path        BLOB NOT NULL,                -- relative to the location
    size        INTEGER NOT NULL,
    mtime       INTEGER NOT NULL,             -- nanoseconds since 1970
    device      INTEGER NOT NULL,
    inode       INTEGER NOT NULL,
    mime_type   TEXT,
    content_id  INTEGER REFERENCES content_identities (id),
    deferred    TEXT,                         -- why it has no content: empty, placeholder, being-written, unreadable, …
    held_before INTEGER                       -- the content it had before it changed: the same again may be another one
);
CREATE UNIQUE INDEX entries_by_path ON entries (location_id, path);
CREATE INDEX entries_by_content ON entries (content_id) WHERE content_id IS NOT NULL;
CREATE INDEX entries_by_inode ON entries (inode, device);
CREATE INDEX entries_unidentified ON entries (location_id, id) WHERE content_id IS NULL AND deferred IS NULL;
CREATE INDEX entries_deferred ON entries (deferred) WHERE deferred IS NOT NULL;

CREATE TABLE thumbnails (
    content_id INTEGER NOT NULL REFERENCES content_identities (id) ON DELETE CASCADE,
    size       INTEGER NOT NULL,              -- longest edge asked for, pixels
    width      INTEGER NOT NULL,
    height     INTEGER NOT NULL,
    file_size  INTEGER NOT NULL,
    recipe     TEXT NOT NULL,                 -- quality and engine; '' means stale: serve it, but make it again
    checksum   TEXT NOT NULL,                 -- BLAKE3 of the file, hex
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (content_id, size)
) WITHOUT ROWID;

CREATE TABLE failures (
    content_id      INTEGER PRIMARY KEY REFERENCES content_identities (id) ON DELETE CASCADE,
    reason          TEXT NOT NULL,
    detail          TEXT NOT NULL,
    attempts        INTEGER NOT NULL,
    engine          TEXT NOT NULL,            -- engines and limits it failed under
    next_attempt_at INTEGER,                  -- NULL: not again until something changes or somebody asks
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL
);
CREATE INDEX failures_due ON failures (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX failures_by_reason ON failures (reason, content_id);

-- Finished renditions whose files lie under temporary names, not yet synced: what a crash must not cost twice.
CREATE TABLE staged_renditions (
    content_id INTEGER PRIMARY KEY REFERENCES content_identities (id) ON DELETE CASCADE,
    record     TEXT NOT NULL                  -- JSON
);

CREATE TABLE jobs (
    id            INTEGER PRIMARY KEY,
    parent_id     INTEGER REFERENCES jobs (id),
    name          TEXT NOT NULL,
    version       INTEGER NOT NULL,           -- of the state's layout
    state         TEXT NOT NULL,              -- JSON with named fields: parameters, cursor, counters
    status        TEXT NOT NULL,              -- queued waiting running paused completed failed cancelled
    requested     TEXT,                       -- pause, cancel: asked for by any process, obeyed by the runner
    priority      INTEGER NOT NULL,           -- 0 looked at now, 1 asked for, 2 bulk
    progress      TEXT NOT NULL,              -- JSON
    output        TEXT,                       -- JSON, when completed
    error         TEXT,                       -- why it failed, was cancelled or skipped
    created_at    INTEGER NOT NULL,
    started_at    INTEGER,
    updated_at    INTEGER NOT NULL,
    finished_at   INTEGER
);
CREATE INDEX jobs_by_status ON jobs (status, priority, id);
CREATE INDEX jobs_by_parent ON jobs (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX jobs_requested ON jobs (id) WHERE requested IS NOT NULL;

CREATE TABLE job_errors (
    id      INTEGER PRIMARY KEY,
    job_id  INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    at      INTEGER NOT NULL,
    message TEXT NOT NULL
);
CREATE INDEX job_errors_by_job ON job_errors (job_id, id);

CREATE TABLE schedules (
    id         INTEGER PRIMARY KEY,
    job_name   TEXT NOT NULL,
    state      TEXT NOT NULL,
    every      TEXT NOT NULL,
    enabled    INTEGER NOT NULL DEFAULT 1,
    next_at    INTEGER NOT NULL
);
