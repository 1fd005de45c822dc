//! The whole catalogue as text, for tests: two libraries that hold the same say the same.
//! Leaves out keys, times and the places of locations, which differ from run to run.

use super::{Catalogue, Reading};
use crate::error::Result;
use rusqlite::types::ValueRef;
use std::fmt::Write;

const PARTS: &[(&str, &str)] = &[
    (
        "entries",
        "SELECT e.path, e.size, e.mime_type, c.cas_id, e.deferred, h.cas_id
         FROM entries e LEFT JOIN content_identities c ON c.id = e.content_id
         LEFT JOIN content_identities h ON h.id = e.held_before ORDER BY e.path",
    ),
    (
        "contents",
        "SELECT cas_id, size, kind, mime_type, width, height, duration_ms, pages, animated, hex(thumbhash), pending,
         codec, frames_per_1000_s, rotation
         FROM content_identities ORDER BY cas_id",
    ),
    (
        "thumbnails",
        "SELECT c.cas_id, t.size, t.width, t.height, t.file_size, t.recipe, t.asked, t.checksum, t.tiles
         FROM thumbnails t JOIN content_identities c ON c.id = t.content_id ORDER BY c.cas_id, t.size",
    ),
    (
        "failures",
        "SELECT c.cas_id, f.reason, f.detail, f.attempts, f.kills, f.wanted, f.next_attempt_at IS NOT NULL
         FROM failures f JOIN content_identities c ON c.id = f.content_id ORDER BY c.cas_id",
    ),
    (
        "lost",
        "SELECT c.cas_id, l.size FROM lost_thumbnails l JOIN content_identities c ON c.id = l.content_id
         ORDER BY c.cas_id, l.size",
    ),
    (
        "staged",
        "SELECT c.cas_id FROM staged_renditions s JOIN content_identities c ON c.id = s.content_id ORDER BY c.cas_id",
    ),
];

impl Catalogue {
    /// The whole catalogue as text, one line per row.
    pub(crate) fn snapshot(&self) -> Result<String> {
        self.read(|rows| {
            let mut text = String::new();
            for (title, sql) in PARTS {
                rows.append_rows(&mut text, title, sql)?;
            }
            Ok(text)
        })
    }
}

impl Reading<'_> {
    fn append_rows(&self, text: &mut String, title: &str, sql: &str) -> Result<()> {
        let _ = writeln!(text, "{title}:");
        let mut statement = self.0.prepare(sql)?;
        let columns = statement.column_count();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            for column in 0..columns {
                let _ = match row.get_ref(column)? {
                    ValueRef::Null => write!(text, " -"),
                    ValueRef::Integer(number) => write!(text, " {number}"),
                    ValueRef::Real(number) => write!(text, " {number}"),
                    ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
                        write!(text, " {}", bytes.escape_ascii())
                    }
                };
            }
            text.push('\n');
        }
        Ok(())
    }
}
