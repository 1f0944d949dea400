//! Call sites for `tracing`, made at run time: one for each function (or kind), level and list of keys.
//!
//! They stay for ever, as `tracing` wants them to, so there are only so many. A call site is registered with the
//! subscribers, which is their code, when it is first asked for, with no lock held.

use std::collections::{BTreeMap, BTreeSet};
use std::ptr;
use std::sync::{OnceLock, PoisonError, RwLock};

use event_core::{Event, Kind, Site};
use tracing_core::callsite::{Callsite, DefaultCallsite};
use tracing_core::field::FieldSet;
use tracing_core::metadata::Kind as MetadataKind;
use tracing_core::subscriber::Interest;
use tracing_core::{Dispatch, Level, Metadata, identify_callsite};

/// How many lists of keys a function may have, beside the one that takes any data.
const MOST_LISTS: usize = 64;

/// What stands for the data where there are too many lists of keys.
const FOLDED: &[&str] = &["data", RETURN, ERROR];

pub(super) const RETURN: &str = "return";
pub(super) const ERROR: &str = "error";

/// The fields of the event of a failure.
pub(super) const FAILURE: &[&str] = &[
    ERROR,
    "cause",
    "exception.type",
    "location",
    "exception.stacktrace",
];

/// The fields of the event of a future that was dropped.
pub(super) const CANCELLED: &[&str] = &["message"];

/// A call site of `tracing`.
#[derive(Debug)]
pub(super) struct Place {
    callsite: &'static DefaultCallsite,
    pub(super) metadata: &'static Metadata<'static>,
}

/// The call site of spans, and of the events of their failures.
#[derive(Debug)]
pub(super) struct SpanSite {
    pub(super) place: Place,
    /// The names of the data's fields; none if it is one field by itself.
    keys: Option<&'static [&'static str]>,
    failure: OnceLock<Place>,
    cancelled: OnceLock<Place>,
}

#[derive(Debug)]
struct Table {
    /// By what the spans are of, and their level.
    sites: BTreeMap<(usize, Level), Vec<&'static SpanSite>>,
    /// The addresses of the spans' metadata.
    metadata: BTreeSet<usize>,
}

static TABLE: RwLock<Table> = RwLock::new(Table {
    sites: BTreeMap::new(),
    metadata: BTreeSet::new(),
});

/// Says whether spans of that `metadata` are made of events.
#[cfg(feature = "layer")]
pub(crate) fn is_ours(metadata: &'static Metadata<'static>) -> bool {
    let table = TABLE.read().unwrap_or_else(PoisonError::into_inner);
    table.metadata.contains(&ptr::from_ref(metadata).addr())
}

/// The call site of the event's span.
pub(super) fn of(event: &Event<'_>, level: Level) -> &'static SpanSite {
    let subject = match event.site() {
        Some(site) => ptr::from_ref(site).addr(),
        None => event.kind().as_str().as_ptr().addr(),
    };
    let key = (subject, level);
    let found = TABLE.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(site) = find(&found, key, event) {
        return site;
    }
    drop(found);
    let keys: Vec<&'static str> = event.data().iter().map(|(key, _)| key).collect();
    let mut table = TABLE.write().unwrap_or_else(PoisonError::into_inner);
    if let Some(site) = find(&table, key, event) {
        return site; // another thread was here first
    }
    let sites = table.sites.entry(key).or_default();
    let keys = (sites.len() < MOST_LISTS).then(|| &*Vec::leak(keys));
    let site = Box::leak(Box::new(SpanSite::new(event, level, keys)));
    sites.push(site);
    let address = ptr::from_ref(site.place.metadata).addr();
    table.metadata.insert(address);
    site
}

fn find(table: &Table, key: (usize, Level), event: &Event<'_>) -> Option<&'static SpanSite> {
    let sites = table.sites.get(&key)?;
    let found = sites.iter().find(|site| site.has_keys_of(event));
    found.or_else(|| sites.get(MOST_LISTS)).copied()
}

impl SpanSite {
    fn new(event: &Event<'_>, level: Level, keys: Option<&'static [&'static str]>) -> Self {
        let fields = match keys {
            None => FOLDED,
            Some(keys) => with_own(keys),
        };
        let (kind, site) = (event.kind(), event.site());
        Self {
            place: Place::new(kind, site, level, fields, MetadataKind::SPAN),
            keys,
            failure: OnceLock::new(),
            cancelled: OnceLock::new(),
        }
    }

    fn has_keys_of(&self, event: &Event<'_>) -> bool {
        let keys = event.data().iter().map(|(key, _)| key);
        self.keys.is_some_and(|own| own.iter().copied().eq(keys))
    }

    /// Whether the data is one field by itself.
    pub(super) const fn is_folded(&self) -> bool {
        self.keys.is_none()
    }

    /// Whether the data has a field called `error`.
    pub(super) fn has_own_error(&self) -> bool {
        self.keys.is_some_and(|keys| keys.contains(&ERROR))
    }

    /// Where the failure of a span is told, of the function `site`, if there is one.
    pub(super) fn failure(&self, kind: Kind, site: Option<&'static Site>) -> &Place {
        self.failure
            .get_or_init(|| Place::new(kind, site, Level::ERROR, FAILURE, MetadataKind::EVENT))
    }

    pub(super) fn cancelled(&self, kind: Kind, site: Option<&'static Site>) -> &Place {
        self.cancelled
            .get_or_init(|| Place::new(kind, site, Level::WARN, CANCELLED, MetadataKind::EVENT))
    }
}

/// `keys` and the fields that every span has.
fn with_own(keys: &[&'static str]) -> &'static [&'static str] {
    let own = [RETURN, ERROR];
    let own = own.into_iter().filter(|own| !keys.contains(own));
    Vec::leak(keys.iter().copied().chain(own).collect())
}

impl Place {
    fn new(
        kind: Kind,
        site: Option<&'static Site>,
        level: Level,
        fields: &'static [&'static str],
        what: MetadataKind,
    ) -> Self {
        let identity: &'static Identity = Box::leak(Box::default());
        let module = site.map(Site::module_path);
        let name = match what {
            MetadataKind::SPAN => site.map_or(kind.as_str(), Site::function),
            _ => "failure",
        };
        let metadata: &'static Metadata<'static> = Box::leak(Box::new(Metadata::new(
            name,
            kind.as_str(),
            level,
            site.map(Site::file),
            site.map(Site::line),
            module.filter(|module| !module.is_empty()),
            FieldSet::new(fields, identify_callsite!(identity)),
            what,
        )));
        identity.0.get_or_init(|| metadata);
        Self {
            callsite: Box::leak(Box::new(DefaultCallsite::new(metadata))),
            metadata,
        }
    }

    /// Whether subscribers want what is of this place.
    ///
    /// Not to be asked inside `get_default`, where there seems to be no subscriber.
    pub(super) fn interest(&self) -> Interest {
        self.callsite.interest()
    }

    /// Whether `dispatch` does, given that.
    pub(super) fn is_wanted(&self, interest: &Interest, dispatch: &Dispatch) -> bool {
        interest.is_always() || (!interest.is_never() && dispatch.enabled(self.metadata))
    }
}

/// What tells call sites apart: metadata names its call site, which names its metadata, and this is made before both.
#[derive(Debug, Default)]
struct Identity(OnceLock<&'static Metadata<'static>>);

impl Callsite for Identity {
    fn set_interest(&self, _: Interest) {}

    fn metadata(&self) -> &Metadata<'_> {
        self.0.get().expect("set before anybody else sees it")
    }
}
