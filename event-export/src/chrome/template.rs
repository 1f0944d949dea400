//! What is the same in every START of an annotated function, made once.

use std::sync::OnceLock;

use event_core::{Event, Site};

use super::line::Line;
use super::track::Name;
use crate::profile::names;

/// How many functions there is room for. Where two want the same place, one does without.
const PLACES: usize = 512;

/// The START of a function, but for what changes from call to call.
#[derive(Debug)]
pub(super) struct Head {
    site: &'static Site,
    /// The phase, the kind and the name.
    pub(super) start: Line,
    /// The same of the END.
    pub(super) end: Line,
    /// What stands before each argument.
    pub(super) keys: Vec<Line>,
    /// Whether its STARTs are so: not where the arguments themselves say what a call is called, nor of futures.
    is_known: bool,
}

#[derive(Debug)]
pub(super) struct Heads(Box<[OnceLock<Head>]>);

impl Default for Heads {
    fn default() -> Self {
        Self((0..PLACES).map(|_| OnceLock::new()).collect())
    }
}

impl Heads {
    /// What is known of the START of a call.
    pub(super) fn of(&self, event: &Event<'_>) -> Option<&Head> {
        let site = event.site()?;
        // Sites are statics of well over 64 bytes.
        let place = (std::ptr::from_ref(site).addr() >> 6) % PLACES;
        let head = self.0[place].get_or_init(|| Head::new(site, event));
        let is_right =
            std::ptr::eq(head.site, site) && head.is_known && head.keys.len() == event.data().len();
        is_right.then_some(head)
    }
}

impl Head {
    pub(super) const fn name(&self) -> Name {
        Name::Function(self.site)
    }

    #[cold]
    fn new(site: &'static Site, event: &Event<'_>) -> Self {
        let mut start = Line::new();
        let name = names::function_or_kind(event);
        start.head("B", site.kind().as_str(), &name);
        let mut end = Line::new();
        end.end_head(&name);
        let keys = || event.data().iter().map(|(key, _)| key);
        Self {
            site,
            start,
            end,
            keys: keys()
                .enumerate()
                .map(|(place, key)| Line::key_of(place > 0, key))
                .collect(),
            is_known: !site.is_async() && keys().all(|key| key != "name"),
        }
    }
}
