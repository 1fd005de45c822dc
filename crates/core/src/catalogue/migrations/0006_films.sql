-- What a film is beside its pictures. Codec as FFmpeg names it; frames in a thousand seconds; degrees clockwise.
ALTER TABLE content_identities ADD COLUMN codec TEXT;
ALTER TABLE content_identities ADD COLUMN frames_per_1000_s INTEGER;
ALTER TABLE content_identities ADD COLUMN rotation INTEGER;

-- Of a scrub sheet, which is a thumbnail of size 0: how many pictures are side by side, and when each is shown. JSON.
ALTER TABLE thumbnails ADD COLUMN tiles TEXT;
