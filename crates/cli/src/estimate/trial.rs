//! Tries files as the job would, all workers busy, and keeps nothing of what comes out.
//! Knows the renderer; nothing of what its costs mean.

use super::{Group, Trial};
use crate::stop::Stop;
use std::{
    fs::File,
    path::Path,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Instant,
};
use tintype_core::{
    jobs::Priority,
    mime_type_of,
    render::{Order, RenderError, RenderRequest, Renderer},
};

/// How files are tried.
pub(crate) struct Conditions<'a> {
    pub(crate) renderer: &'a dyn Renderer,
    pub(crate) order: Order,
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
    let start = Instant::now();
    let source = File::open(path).ok()?;
    let request = RenderRequest {
        mime_type: &mime_type_of(&source, path),
        source: &source,
        order: &conditions.order,
        priority: Priority::Bulk,
        cancelled: &|| conditions.stop.asked(),
        begun: &|| {},
    };
    match conditions.renderer.render(request) {
        Ok(rendition) => Some(Trial {
            seconds: start.elapsed().as_secs_f64(),
            made: rendition.thumbnails.iter().map(|made| (made.size, made.webp.len() as u64)).collect(),
            peak_memory: rendition.metrics.peak_memory,
        }),
        Err(RenderError::Cancelled) => None,
        Err(RenderError::Fault(_)) => {
            Some(Trial { seconds: start.elapsed().as_secs_f64(), made: Vec::new(), peak_memory: 0 })
        }
    }
}
