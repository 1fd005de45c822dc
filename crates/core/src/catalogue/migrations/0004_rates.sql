-- What files of each format have cost so far, as sums: what forecasts and the time left of jobs rest upon.
CREATE TABLE rates (
    format     TEXT PRIMARY KEY,              -- MIME type, as the indexer says it
    record     TEXT NOT NULL,                 -- JSON
    updated_at INTEGER NOT NULL
) WITHOUT ROWID;
