//! Both ends of the pipe to a worker process, and the jail round it.
//! Knows nothing of images, SQL or libraries.

mod fault;
mod protocol;

pub use fault::{Fault, Reason};
pub use protocol::{Capabilities, Effort, Facts, FormatInfo, Metrics, Order, PROTOCOL_VERSION, Rendition, Thumbnail};
