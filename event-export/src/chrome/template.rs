//! The parts of an annotated function's events that are the same in every call, written once.

use std::sync::OnceLock;

use event_core::{Event, Site};

use super::line::Line;
use super::track::ScopeName;
use crate::profile::names;

/// The number of templates. If another function has taken its slot, a function has no template.
const SLOTS: usize = 512;

/// The constant parts of a function's START and END.
#[derive(Debug)]
pub(super) struct LineTemplate {
    site: &'static Site,
    /// The kind, the name and the phase of the START.
    start: Line,
    /// The name and the phase of the END.
    end: Line,
    /// The text before each argument.
    keys: Vec<Line>,
    /// False for futures, and if an argument `name` gives each call another name.
    is_usable: bool,
}

#[derive(Debug)]
pub(super) struct LineTemplates(Box<[OnceLock<LineTemplate>]>);

impl Default for LineTemplates {
    fn default() -> Self {
        Self((0..SLOTS).map(|_| OnceLock::new()).collect())
    }
}

impl LineTemplates {
    /// Returns the template of the event's function.
    pub(super) fn get(&self, event: &Event<'_>) -> Option<&LineTemplate> {
        let site = event.site()?;
        // Sites are statics of more than 64 bytes, so the lower six bits distinguish none of them.
        let slot = (std::ptr::from_ref(site).addr() >> 6) % SLOTS;
        let template = self.0[slot].get_or_init(|| LineTemplate::new(site, event));
        let fits = std::ptr::eq(template.site, site)
            && template.is_usable
            && template.keys.len() == event.data().len();
        fits.then_some(template)
    }
}

impl LineTemplate {
    #[cold]
    fn new(site: &'static Site, event: &Event<'_>) -> Self {
        let name = names::function_or_kind(event);
        let mut start = Line::new();
        start.head("B", site.kind().as_str(), &name);
        let mut end = Line::new();
        end.end_head(&name);
        let keys = || event.data().iter().map(|(key, _)| key);
        let key_line = |(index, key)| {
            let mut line = Line::new();
            line.data_key(index == 0, key);
            line
        };
        Self {
            site,
            start,
            end,
            keys: keys().enumerate().map(key_line).collect(),
            is_usable: !site.is_async() && keys().all(|key| key != "name"),
        }
    }

    pub(super) const fn name(&self) -> ScopeName {
        ScopeName::Function(self.site)
    }

    /// Writes the START of a call.
    #[inline]
    pub(super) fn write_start(&self, line: &mut Line, tid: u64, event: &Event<'_>) {
        line.append(&self.start);
        for ((_, value), key) in event.data().iter().zip(&self.keys) {
            line.append(key);
            line.argument(value);
        }
        if !self.keys.is_empty() {
            line.text("}");
        }
        line.start_stamp(tid, event);
    }

    /// Writes the END of a call that has no more data than its START.
    #[inline]
    pub(super) fn write_end(&self, line: &mut Line, tid: u64, nanos: u64) {
        line.append(&self.end);
        line.stamp(tid, nanos);
        line.close(false);
    }
}
