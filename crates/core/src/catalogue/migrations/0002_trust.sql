-- How often a content was the end of a worker under the same engine and limits, over all jobs: a content that was so
-- twice is in quarantine. What was wanted of it, where that was not what the library's settings say.
ALTER TABLE failures ADD COLUMN kills INTEGER NOT NULL DEFAULT 0;
ALTER TABLE failures ADD COLUMN wanted TEXT NOT NULL DEFAULT '';
CREATE INDEX failures_quarantined ON failures (content_id) WHERE kills >= 2;

-- Made because somebody asked for this very size: it stays though the settings do not want it.
ALTER TABLE thumbnails ADD COLUMN asked INTEGER NOT NULL DEFAULT 0;
CREATE INDEX thumbnails_asked ON thumbnails (size) WHERE asked = 1;

-- Thumbnails that were damaged and taken away: the next job makes them again, each at its own size.
CREATE TABLE lost_thumbnails (
    content_id INTEGER NOT NULL REFERENCES content_identities (id) ON DELETE CASCADE,
    size       INTEGER NOT NULL,
    PRIMARY KEY (content_id, size)
) WITHOUT ROWID;
