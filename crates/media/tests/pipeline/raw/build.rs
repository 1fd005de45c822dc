//! Small RAW files, built tag by tag: nobody may give away whole ones, and each maker's hiding place needs a case.
//! Knows how TIFFs lie in a file; knows nothing of what the tags mean.

/// What a tag holds.
#[derive(Clone)]
pub(crate) enum Value {
    Short(u16),
    Long(u32),
    Longs(Vec<u32>),
    Bytes(Vec<u8>),
    /// Bytes that lie elsewhere already: where, and how many.
    Elsewhere(u32, u32),
    Text(&'static str),
}

/// Tags of one directory.
pub(crate) type Tags = Vec<(u16, Value)>;

/// A file that grows; little-endian.
#[derive(Default)]
pub(crate) struct File {
    pub(crate) bytes: Vec<u8>,
    /// Where offsets count from.
    pub(crate) origin: usize,
}

impl File {
    /// A TIFF with these first eight bytes but the offset, and room for it.
    pub(crate) fn tiff(magic: [u8; 4]) -> Self {
        Self { bytes: [magic, [0; 4]].concat(), origin: 0 }
    }

    /// Appends bytes; tells their offset.
    pub(crate) fn put(&mut self, bytes: &[u8]) -> u32 {
        self.bytes.resize(self.bytes.len().next_multiple_of(2), 0);
        let at = self.bytes.len() - self.origin;
        self.bytes.extend_from_slice(bytes);
        at as u32
    }

    /// Appends a directory, its long values first; tells its offset.
    pub(crate) fn directory(&mut self, tags: &Tags, next: u32) -> u32 {
        let mut tags = tags.clone();
        tags.sort_by_key(|(tag, _)| *tag);
        let entries: Vec<Vec<u8>> = tags.iter().map(|(tag, value)| self.entry(*tag, value)).collect();
        let count = (entries.len() as u16).to_le_bytes();
        self.put(&[&count[..], &entries.concat(), &next.to_le_bytes()].concat())
    }

    fn entry(&mut self, tag: u16, value: &Value) -> Vec<u8> {
        let (kind, count, bytes) = match value {
            Value::Short(number) => (3_u16, 1, number.to_le_bytes().to_vec()),
            Value::Long(number) => (4, 1, number.to_le_bytes().to_vec()),
            Value::Longs(numbers) => {
                (4, numbers.len(), numbers.iter().flat_map(|number| number.to_le_bytes()).collect())
            }
            Value::Elsewhere(..) => (7, 0, Vec::new()),
            Value::Bytes(bytes) => (7, bytes.len(), bytes.clone()),
            Value::Text(text) => (2, text.len() + 1, [text.as_bytes(), &[0]].concat()),
        };
        if let Value::Elsewhere(at, len) = value {
            return [&tag.to_le_bytes()[..], &[7, 0], &len.to_le_bytes(), &at.to_le_bytes()].concat();
        }
        let mut inside = bytes.clone();
        inside.resize(4, 0);
        if bytes.len() > 4 {
            inside = self.put(&bytes).to_le_bytes().to_vec();
        }
        [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &(count as u32).to_le_bytes(), &inside].concat()
    }

    /// Makes the directory at `first` the TIFF's first.
    pub(crate) fn begins_with(mut self, first: u32) -> Vec<u8> {
        let at = self.origin + 4;
        self.bytes.splice(at..at + 4, first.to_le_bytes());
        self.bytes
    }
}
