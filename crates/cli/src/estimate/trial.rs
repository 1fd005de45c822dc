//! Tries files as the job would, all workers busy, and keeps nothing of what comes out.
//! Knows the renderer; nothing of what its costs mean.

use super::{Group, Trial};
use crate::stop::Stop;
use std::{
    fs::File,
    path::Path,
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Instant,
};
use tintype_core::{
    Kind, SCRUB_SHEET,
    forecast::Sample,
    jobs::Priority,
    mime_type_of,
    render::{Extras, Order, RenderError, RenderRequest, Renderer, Scrub},
};

/// How files are tried.
pub(crate) struct Conditions<'a> {
    pub(crate) renderer: &'a dyn Renderer,
    pub(crate) order: Order,
    /// What films have beside thumbnails.
    pub(crate) scrub: Option<Scrub>,
    pub(crate) stop: &'a Stop,
    /// Told after every file.
    pub(crate) tried: &'a (dyn Fn() + Sync),
}

/// The trials of every group, in the order of the groups. Files that are gone by now are left out.
pub(crate) fn try_all(groups: &[Group], conditions: &Conditions<'_>) -> Vec<Vec<Trial>> {
    let work: Vec<(usize, &Path)> = groups
        .iter()
        .enumerate()
        .flat_map(|(index, group)| group.samples.iter().map(move |path| (index, path.as_path())))
        .collect();
    let trials = Mutex::new(vec![Vec::new(); groups.len()]);
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..conditions.renderer.capacity() {
            scope.spawn(|| {
                while let Some((group, path)) = work.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Some(trial) = try_one(path, conditions) {
                        trials.lock().unwrap_or_else(PoisonError::into_inner)[*group].push(trial);
                    }
                    (conditions.tried)();
                }
            });
        }
    });
    trials.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn try_one(path: &Path, conditions: &Conditions<'_>) -> Option<Trial> {
    let source = File::open(path).ok()?;
    let bytes = source.metadata().ok()?.len();
    let mime_type = mime_type_of(&source, path);
    let scrub = conditions.scrub.filter(|_| Kind::of_mime(&mime_type) == Kind::Video);
    let extras = Extras { scrub, ..conditions.order.extras };
    let order = Order { extras, ..conditions.order.clone() };
    let begun = OnceLock::new();
    let request = RenderRequest {
        mime_type: &mime_type,
        source: &source,
        order: &order,
        priority: Priority::Bulk,
        cancelled: &|| conditions.stop.asked(),
        begun: &|| _ = begun.set(Instant::now()),
    };
    let rendered = conditions.renderer.render(request);
    let seconds = begun.get().map_or(0.0, |begun: &Instant| begun.elapsed().as_secs_f64());
    let (thumbnails, peak_memory) = match rendered {
        Ok(made) => {
            let thumbnails = made.thumbnails.iter().map(|made| (made.size, made.webp.len() as u64));
            let sheet = made.sheet.iter().map(|sheet| (SCRUB_SHEET, sheet.webp.len() as u64));
            (thumbnails.chain(sheet).collect(), made.metrics.peak_memory)
        }
        Err(RenderError::Cancelled) => return None,
        Err(RenderError::Fault(_)) => (order.sizes.iter().map(|size| (*size, 0)).collect(), 0),
    };
    Some(Trial { mime_type, sample: Sample { bytes, seconds, thumbnails, peak_memory } })
}
