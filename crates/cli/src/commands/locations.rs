//! `tintype locations`: the folders that a library indexes.

use crate::{
    args::{LocationsAction, LocationsArgs},
    session::{Exit, Session},
    table::{Align, Table},
    views::lossy,
};
use anyhow::{Result, anyhow};
use serde::Serialize;
use std::path::Path;
use tintype_core::{Library, Location, rfc3339};

#[derive(Serialize)]
struct LocationView {
    id: i64,
    uuid: String,
    path: String,
    /// Whether its folder can be reached now.
    online: bool,
    created_at: String,
    indexed_at: Option<String>,
}

impl From<Location> for LocationView {
    fn from(location: Location) -> Self {
        Self {
            id: location.id,
            uuid: location.uuid.to_string(),
            path: lossy(&location.path),
            online: location.path.is_dir(),
            created_at: rfc3339(location.created_at),
            indexed_at: location.indexed_at.map(rfc3339),
        }
    }
}

pub(crate) fn run(session: &Session, args: LocationsArgs) -> Result<Exit> {
    let library = session.open()?;
    match args.action.unwrap_or(LocationsAction::List) {
        LocationsAction::List => {}
        LocationsAction::Remove { location } => {
            let found = find(&library, &location)?;
            library.remove_location(found.id)?;
            session.out.note(&format!(
                "forgot {}; your files are untouched; `tintype clean` removes their thumbnails",
                found.path.display()
            ));
        }
        LocationsAction::Relink { location, new_path } => {
            let found = find(&library, &location)?;
            library.relink_location(found.id, &new_path)?;
            session.out.note(&format!(
                "location {} is {} now; `tintype index {0}` looks at it",
                found.id,
                new_path.display()
            ));
        }
    }
    let views: Vec<_> = library.locations()?.into_iter().map(LocationView::from).collect();
    session.out.show(&views, |views, _| words(views))?;
    Ok(Exit::DONE)
}

fn words(views: &[LocationView]) -> String {
    if views.is_empty() {
        return "no locations; `tintype add FOLDER` adds one".to_owned();
    }
    let mut table = Table::new(&[Align::Right, Align::Left, Align::Left]);
    for view in views {
        let state = match (view.online, &view.indexed_at) {
            (false, _) => "away".to_owned(),
            (true, Some(at)) => format!("indexed {at}"),
            (true, None) => "not indexed yet".to_owned(),
        };
        table.row([view.id.to_string(), view.path.clone(), state]);
    }
    table.text()
}

/// A location by its number or its folder, which may be gone.
fn find(library: &Library, named: &Path) -> Result<Location> {
    let number = named.to_str().and_then(|word| word.parse::<i64>().ok());
    let path = named.canonicalize().or_else(|_| std::path::absolute(named))?;
    let all = library.locations()?;
    all.into_iter()
        .find(|location| Some(location.id) == number || location.path == path)
        .ok_or_else(|| anyhow!("{} is no location; `tintype locations` lists them", named.display()))
}
