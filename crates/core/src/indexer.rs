//! tmp
mod mime;
