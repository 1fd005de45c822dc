//! One file's thumbnail, or the reason for none, with what it took.
//! Knows the pool of workers; knows nothing of pages.

use anyhow::Context;
use std::fs::File;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;
use tintype_core::jobs::Priority;
use tintype_core::render::{Facts, Order, PoolRenderer, RenderError, RenderRequest, Renderer};
use tintype_core::{Settings, mime_type_of};

/// Where thumbnails lie below the sheet.
pub(super) const FOLDER: &str = "thumbnails";

/// What `tintype` stores by default.
const QUALITY: u8 = 85;

pub(super) struct Shot {
    pub(super) path: PathBuf,
    /// Its place in the order of files, which names its thumbnail.
    pub(super) number: usize,
    /// From the file's opening to the answer, waiting for a worker not counted.
    pub(super) wall_ms: f64,
    pub(super) outcome: Outcome,
}

pub(super) enum Outcome {
    Picture(Box<Picture>),
    None { reason: String, detail: String },
}

pub(super) struct Picture {
    pub(super) webp: Vec<u8>,
    pub(super) facts: Facts,
    pub(super) cpu_ms: f64,
}

impl Shot {
    /// The name of its thumbnail's file.
    pub(super) fn file_name(&self) -> String {
        format!("{FOLDER}/{}.webp", self.number)
    }
}

/// Every file through the pool, in the order of `files`.
pub(super) fn all(files: &[PathBuf], size: u32, workers: Option<usize>) -> anyhow::Result<Vec<Shot>> {
    let renderer = PoolRenderer::new(&Settings::new("sheet"), workers)?;
    let order = Order::new(&[size], QUALITY);
    let next = AtomicUsize::new(0);
    let shots = Mutex::new(Vec::with_capacity(files.len()));
    thread::scope(|scope| {
        // One more than workers, so that none of them waits for a file to be opened.
        for _ in 0..=renderer.capacity() {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(path) = files.get(number) else { break };
                    let shot = one(&renderer, &order, path, number);
                    shots.lock().unwrap_or_else(PoisonError::into_inner).push(shot);
                }
            });
        }
    });
    let mut shots = shots.into_inner().unwrap_or_else(PoisonError::into_inner);
    shots.sort_by_key(|shot| shot.number);
    Ok(shots)
}

fn one(renderer: &PoolRenderer, order: &Order, path: &PathBuf, number: usize) -> Shot {
    let begun = Mutex::new(Instant::now());
    let outcome = picture(renderer, order, path, &begun).unwrap_or_else(|error| Outcome::None {
        reason: "not rendered".to_owned(),
        detail: format!("{error:#}"),
    });
    let begun = begun.into_inner().unwrap_or_else(PoisonError::into_inner);
    Shot { path: path.clone(), number, wall_ms: begun.elapsed().as_secs_f64() * 1000.0, outcome }
}

fn picture(
    renderer: &PoolRenderer,
    order: &Order,
    path: &PathBuf,
    begun: &Mutex<Instant>,
) -> anyhow::Result<Outcome> {
    let source = File::open(path).context("open")?;
    let answer = renderer.render(RenderRequest {
        mime_type: &mime_type_of(&source, path),
        source: &source,
        order,
        priority: Priority::Asked,
        cancelled: &|| false,
        begun: &|| *begun.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now(),
    });
    let rendition = match answer {
        Ok(rendition) => rendition,
        Err(RenderError::Fault(fault)) => {
            return Ok(Outcome::None { reason: fault.reason.to_string(), detail: fault.detail });
        }
        Err(RenderError::Cancelled) => anyhow::bail!("cancelled, though nobody did"),
    };
    let metrics = rendition.metrics;
    let cpu_ms = (metrics.decode_us + metrics.resize_us + metrics.encode_us) as f64 / 1000.0;
    let thumbnail = rendition.thumbnails.into_iter().next().context("no thumbnail came")?;
    Ok(Outcome::Picture(Box::new(Picture { webp: thumbnail.webp, facts: rendition.facts, cpu_ms })))
}
