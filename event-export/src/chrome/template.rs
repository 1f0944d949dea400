//! The parts of an annotated function's events that are the same in every call, written once.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use event_core::{Event, Site, Value};

use super::line::Line;
use super::own_keys::{self, StartKeys};
use super::track::ScopeName;
use crate::profile::labels::GrowingLabels;
use crate::profile::names::{Identity, is_function};

/// The number of templates. If another function has taken its slot, a function has no template.
const SLOTS: usize = 512;

/// The constant parts of a function's START and END.
#[derive(Debug)]
pub(super) struct LineTemplate {
    site: &'static Site,
    /// The label of the function; none if it is its path.
    label: Option<Arc<str>>,
    /// The kind, the name and the phase of the START, and the text before its first argument.
    start: Line,
    /// The name and the phase of the END.
    end: Line,
    /// The text before each other argument.
    keys: Vec<Line>,
    /// The number of arguments.
    arguments: usize,
    /// False for futures, and if a field `name` gives each call another name.
    is_usable: bool,
    /// The keys of the arguments that keys of the trace could be mistaken for.
    start_keys: StartKeys,
}

#[derive(Debug)]
pub(super) struct LineTemplates {
    slots: Box<[OnceLock<LineTemplate>]>,
    labels: GrowingLabels,
}

impl Default for LineTemplates {
    fn default() -> Self {
        Self {
            slots: (0..SLOTS).map(|_| OnceLock::new()).collect(),
            labels: GrowingLabels::default(),
        }
    }
}

impl LineTemplates {
    /// Returns the template of a START's function.
    #[inline]
    pub(super) fn of_start(&self, event: &Event<'_>) -> Option<&LineTemplate> {
        let template = self.of_site(event.site()?, event)?;
        let fits = template.is_usable && template.arguments == event.data().start_len();
        fits.then_some(template)
    }

    /// Returns the template of the function of an END that adds nothing to its START.
    #[inline]
    pub(super) fn of_end(&self, event: &Event<'_>) -> Option<&LineTemplate> {
        let adds_data = !event.carries_start_data() || event.data().has_added();
        if adds_data || event.exc_details().is_some() {
            return None;
        }
        let site = event.site()?;
        // The START has created the template.
        let template = self.slot(site).get()?;
        (template.is_usable && std::ptr::eq(template.site, site)).then_some(template)
    }

    /// Returns the keys of the data that STARTs of the function had, if they have a template.
    pub(super) fn start_keys(&self, event: &Event<'_>) -> Option<&StartKeys> {
        let site = event.site()?;
        let template = self.slot(site).get()?;
        (template.is_usable && std::ptr::eq(template.site, site)).then_some(&template.start_keys)
    }

    /// Returns the name of the event's identity: the label of a site, its own name or its kind.
    pub(super) fn name<'e>(&self, event: &'e Event<'_>) -> Cow<'e, str> {
        let site = match Identity::of(event) {
            Identity::Site(site) => site,
            Identity::Own(name) => return name,
            Identity::Kind => return Cow::Borrowed(event.kind().as_str()),
        };
        let label = match self.of_site(site, event) {
            Some(template) => template.label.clone(),
            None => self.labels.of(site),
        };
        match label {
            Some(label) => Cow::Owned(label.to_string()),
            None => Cow::Borrowed(site.path()),
        }
    }

    #[inline]
    fn slot(&self, site: &'static Site) -> &OnceLock<LineTemplate> {
        // Sites are statics of more than 64 bytes, so the lower six bits distinguish none of them.
        &self.slots[(std::ptr::from_ref(site).addr() >> 6) % SLOTS]
    }

    #[inline]
    fn of_site(&self, site: &'static Site, event: &Event<'_>) -> Option<&LineTemplate> {
        let new = || LineTemplate::new(site, event, &self.labels);
        let template = self.slot(site).get_or_init(new);
        std::ptr::eq(template.site, site).then_some(template)
    }
}

impl LineTemplate {
    #[cold]
    fn new(site: &'static Site, event: &Event<'_>, labels: &GrowingLabels) -> Self {
        let label = labels.of(site);
        let name = label.as_deref().unwrap_or_else(|| site.path());
        let mut start = Line::new();
        start.head("B", site.kind().as_str(), name);
        let mut end = Line::new();
        end.end_head(name);
        let keys = || event.data().iter().map(|(key, _)| key);
        if let Some(first) = keys().next() {
            start.data_key(true, first);
        }
        let key_line = |key| {
            let mut line = Line::new();
            line.data_key(false, key);
            line
        };
        Self {
            site,
            start,
            end,
            keys: keys().skip(1).map(key_line).collect(),
            arguments: keys().count(),
            is_usable: !site.is_async()
                && (is_function(site) || keys().all(|key| key != "name"))
                && !own_keys::has_duplicates(event.data()),
            start_keys: StartKeys::of(event.data()).unwrap_or_default(),
            label,
        }
    }

    pub(super) fn scope_name(&self) -> ScopeName {
        match &self.label {
            None => ScopeName::Function(self.site),
            Some(label) => ScopeName::Label(Arc::clone(label)),
        }
    }

    /// Writes the START of a call.
    #[inline]
    pub(super) fn write_start(&self, line: &mut Line, tid: u64, event: &Event<'_>) {
        line.append(&self.start);
        let mut keys = self.keys.iter();
        for (index, (_, value)) in event.data().start_fields().enumerate() {
            if index > 0 {
                keys.next().into_iter().for_each(|key| line.append(key));
            }
            line.argument(value);
        }
        if self.has_arguments() {
            line.text("}");
        }
        line.start_stamp(tid, event);
    }

    /// Writes the START of a call up to its stamp. Returns `false`, after writing a part, if
    /// writing an argument might run user code.
    #[inline]
    pub(super) fn write_plain_start(&self, line: &mut Line, event: &Event<'_>) -> bool {
        line.append(&self.start);
        match event.data().only_captured() {
            Some(values) => self.write_plain(line, values),
            None => self.write_plain(line, event.data().start_fields().map(|(_, value)| value)),
        }
    }

    /// Writes the arguments, of which `start` has the first key. Returns `false`, after writing
    /// some, if writing one might run user code.
    #[inline]
    fn write_plain<'v>(
        &self,
        line: &mut Line,
        mut values: impl Iterator<Item = &'v Value<'v>>,
    ) -> bool {
        let Some(first) = values.next() else {
            return true;
        };
        if !line.plain_argument(first) {
            return false;
        }
        for (value, key) in values.zip(&self.keys) {
            line.append(key);
            if !line.plain_argument(value) {
                return false;
            }
        }
        true
    }

    /// Returns whether the START has arguments.
    pub(super) fn has_arguments(&self) -> bool {
        self.arguments > 0
    }

    /// Returns the END of a call that has no more data than its START, up to its stamp.
    pub(super) const fn end(&self) -> &Line {
        &self.end
    }
}
