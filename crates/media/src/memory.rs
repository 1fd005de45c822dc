//! Memory for pixels, asked for politely: sizes come from strangers, so a refusal is an answer, not an abort.
//! Knows nothing of what the memory is for.

use crate::{Fault, Limits, Reason};

impl Limits {
    /// Refuses a picture whose header declares more pixels than the limit, before anything is reserved for it.
    pub fn admit(&self, width: u32, height: u32) -> Result<(), Fault> {
        let pixels = u64::from(width).saturating_mul(u64::from(height));
        if pixels > self.max_pixels {
            return Err(Reason::TooLarge.says(format!(
                "{width} × {height} pixels, more than the {} of limits.max_megapixels",
                self.max_pixels
            )));
        }
        Ok(())
    }

    /// Refuses buffers of so many bytes together if the memory limit cannot hold them. A quarter of it is left to the
    /// file's own bytes and to the resize that follows.
    pub fn admit_bytes(&self, bytes: u64) -> Result<(), Fault> {
        let most = self.max_memory.saturating_sub(self.max_memory / 4);
        enough("decoding", bytes, most)
    }

    /// Refuses a resize that takes so many bytes beside the picture, if they are more than that quarter.
    pub(crate) fn admit_resize(&self, bytes: u64) -> Result<(), Fault> {
        enough("resizing", bytes, self.max_memory / 4)
    }
}

fn enough(what: &str, bytes: u64, most: u64) -> Result<(), Fault> {
    if bytes > most {
        return Err(Reason::TooLarge.says(format!(
            "{what} needs {bytes} bytes of memory, of which limits.worker_memory_mib allows {most}"
        )));
    }
    Ok(())
}

/// `width` × `height` × `channels` copies of `value`.
pub(crate) fn filled<T: Clone>(value: T, width: u32, height: u32, channels: usize) -> Result<Vec<T>, Fault> {
    let len = (width as usize)
        .checked_mul(height as usize)
        .and_then(|pixels| pixels.checked_mul(channels))
        .ok_or_else(|| {
        Reason::TooLarge.says(format!("{width} × {height} pixels do not fit into memory"))
    })?;
    let mut buffer = Vec::new();
    buffer.try_reserve_exact(len).map_err(|_| no_memory(len.saturating_mul(size_of::<T>())))?;
    buffer.resize(len, value);
    Ok(buffer)
}

/// What to say when a decoder of somebody else's has kept within the memory it was given, and `words` are its own.
pub(crate) fn over_the_limit(words: impl std::fmt::Display) -> Fault {
    Reason::TooLarge.says(format!("more memory than limits.worker_memory_mib allows: {words}"))
}

/// What to say when `bytes` bytes could not be had.
pub(crate) fn no_memory(bytes: usize) -> Fault {
    Reason::OutOfMemory.says(format!("no memory for {bytes} bytes"))
}
