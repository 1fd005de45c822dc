//! What tests of jobs need to run one without a runner.
//! Knows nothing of what the job does.
#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

pub(crate) use super::runner::Control;

use super::{JobId, context::ContextInner};
use crate::library::Library;
use std::sync::Arc;

/// What a job of this row sees of the world, to be told what to do through `control`.
pub(crate) fn context(id: JobId, library: Library, control: Arc<Control>) -> ContextInner {
    let row = library.catalogue().read(|rows| rows.job(id)).unwrap().unwrap();
    ContextInner::new(&row, library, control)
}
