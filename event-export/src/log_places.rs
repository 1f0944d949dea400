//! The places in the source that records of the `log` crate come from.

use std::collections::HashMap;
use std::sync::RwLock;

use event_core::__private::{Callsite, broadcast_mark};
use event_core::{EventData, Kind};

use crate::sync::{read, write};

/// How many places are known. Each is kept until the process exits.
const MAX_PLACES: usize = 4096;

/// The call site of each place, by its file, then by its line and the kind of the record.
#[derive(Default)]
struct Places {
    files: HashMap<&'static str, HashMap<(u32, Kind), &'static Callsite>>,
    /// The number of call sites.
    count: usize,
}

static PLACES: RwLock<Option<Places>> = RwLock::new(None);

/// Broadcasts a record of `kind`, from a file and line if they are known.
pub(crate) fn broadcast(kind: Kind, place: Option<(&str, u32)>, data: impl EventData) {
    match place.and_then(|(file, line)| callsite(file, line, kind)) {
        Some(callsite) => callsite.mark(data),
        None => broadcast_mark(kind, data),
    }
}

/// Returns the call site of a place; none if there are too many.
fn callsite(file: &str, line: u32, kind: Kind) -> Option<&'static Callsite> {
    let places = read(&PLACES);
    let known = places.as_ref().and_then(|places| places.files.get(file));
    let known = known.and_then(|lines| lines.get(&(line, kind))).copied();
    drop(places);
    known.or_else(|| {
        let mut places = write(&PLACES);
        places.get_or_insert_default().add(file, line, kind)
    })
}

impl Places {
    fn add(&mut self, file: &str, line: u32, kind: Kind) -> Option<&'static Callsite> {
        let known = self.files.get(file);
        let known = known.and_then(|lines| lines.get(&(line, kind))).copied();
        if known.is_some() || self.count >= MAX_PLACES {
            return known;
        }
        let file = match self.files.get_key_value(file) {
            Some((file, _)) => *file,
            None => Box::leak(Box::from(file)),
        };
        // Its name is the kind, as in a message of `tracing`.
        let callsite = Callsite::of_macro(kind, (file, line, 0));
        let callsite: &'static Callsite = Box::leak(Box::new(callsite));
        self.files
            .entry(file)
            .or_default()
            .insert((line, kind), callsite);
        self.count += 1;
        Some(callsite)
    }
}
