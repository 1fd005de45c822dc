//! A library of thumbnails on disk.
#![forbid(unsafe_code)]
