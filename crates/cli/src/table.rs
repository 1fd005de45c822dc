//! Rows of words in straight columns.
//! Knows nothing of what they mean.

/// How a column stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// Columns for people, indented by two.
pub(crate) struct Table {
    columns: Vec<Align>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(columns: &[Align]) -> Self {
        Self { columns: columns.to_vec(), rows: Vec::new() }
    }

    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into());
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Every row on a line.
    pub(crate) fn text(&self) -> String {
        let widest = |column: usize| {
            self.rows
                .iter()
                .filter_map(|row| row.get(column))
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<_> = (0..self.columns.len()).map(widest).collect();
        let mut text = String::new();
        for row in &self.rows {
            let mut line = String::new();
            for ((cell, align), widest) in row.iter().zip(&self.columns).zip(&widths) {
                line.push_str("  ");
                let space = " ".repeat(widest - width(cell));
                match align {
                    Align::Left => line.extend([cell.as_str(), &space]),
                    Align::Right => line.extend([&space, cell.as_str()]),
                }
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

/// Characters that are seen: colours take no room.
fn width(cell: &str) -> usize {
    let mut hidden = false;
    let seen = cell.chars().filter(|&letter| {
        let was_hidden = hidden;
        hidden = letter == '\x1b' || (hidden && letter != 'm');
        !hidden && !was_hidden
    });
    seen.count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_straight() {
        let mut table = Table::new(&[Align::Left, Align::Right, Align::Left]);
        table.row(["image", "7", "of all"].map(str::to_owned));
        table.row(["vidéo", "123", ""].map(str::to_owned));
        assert_eq!(table.text(), "  image    7  of all\n  vidéo  123\n");
        assert!(!table.is_empty());
    }

    #[test]
    fn colours_take_no_room() {
        assert_eq!(width("\x1b[1;31mfailed\x1b[0m"), "failed".len());
        assert_eq!(width("plain"), 5);
    }
}
