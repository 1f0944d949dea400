//! Call sites for `tracing`: one for each function (or kind), level and list of keys.
//!
//! `tracing` requires call sites to be static, so they are leaked and their number is limited. A
//! call site is registered at its first use. This calls the subscribers, so no lock is held then.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ptr;
use std::sync::{OnceLock, RwLock};

use event_core::__private::escaped;
use event_core::{Event, Kind, Site};
use tracing_core::callsite::{Callsite, DefaultCallsite};
use tracing_core::field::FieldSet;
use tracing_core::metadata::Kind as MetadataKind;
use tracing_core::subscriber::Interest;
use tracing_core::{Dispatch, Level, Metadata, identify_callsite};

use crate::sync;

/// How many lists of keys a function may have, not counting [`FOLDED_FIELDS`].
const MAX_KEY_LISTS: usize = 64;

/// The fields of a span whose data is one field, because its function has too many lists of keys.
const FOLDED_FIELDS: &[&str] = &["data", ADDED, RETURN, ERROR];

/// The fields of the END that have no field of their own, as one text.
pub(super) const ADDED: &str = "added";
pub(super) const RETURN: &str = "return";
pub(super) const ERROR: &str = "error";

/// The fields of a failure's event.
const FAILURE_FIELDS: &[&str] = &[
    ERROR,
    "cause",
    "exception.type",
    "location",
    "exception.stacktrace",
];

/// The fields of a cancellation's event.
const CANCELLED_FIELDS: &[&str] = &["message"];

/// A call site, which is registered at its first use.
#[derive(Debug)]
pub(super) struct TracingCallsite {
    callsite: &'static DefaultCallsite,
    pub(super) metadata: &'static Metadata<'static>,
}

/// The call sites of a span and of the events in it.
#[derive(Debug)]
pub(super) struct SpanSite {
    pub(super) callsite: TracingCallsite,
    /// The names of the data's fields; none if the data is one field.
    keys: Option<&'static [&'static str]>,
    failure: OnceLock<TracingCallsite>,
    cancelled: OnceLock<TracingCallsite>,
}

/// By the address of the function's site or the kind, and the level.
type SpanSites = BTreeMap<(usize, Level), Vec<&'static SpanSite>>;

static SPAN_SITES: RwLock<SpanSites> = RwLock::new(SpanSites::new());

/// The addresses of the metadata of all spans and events that are made here.
static METADATA: RwLock<BTreeSet<usize>> = RwLock::new(BTreeSet::new());

/// Returns whether spans or events of that `metadata` are made from events of event-core.
#[cfg(feature = "layer")]
pub(in crate::tracing) fn is_from_event(metadata: &'static Metadata<'static>) -> bool {
    let known = sync::read(&METADATA);
    known.contains(&ptr::from_ref(metadata).addr())
}

/// Returns the call sites of the event's span.
pub(super) fn span_site(event: &Event<'_>, level: Level) -> &'static SpanSite {
    let subject = match event.site() {
        Some(site) => ptr::from_ref(site).addr(),
        None => event.kind().as_str().as_ptr().addr(),
    };
    let key = (subject, level);
    if let Some(site) = find(&sync::read(&SPAN_SITES), key, event) {
        return site;
    }
    let keys: Vec<&'static str> = event.data().iter().map(|(key, _)| key).collect();
    let mut known = sync::write(&SPAN_SITES);
    if let Some(site) = find(&known, key, event) {
        return site; // another thread has added it since
    }
    let sites = known.entry(key).or_default();
    let keys = (sites.len() < MAX_KEY_LISTS).then(|| &*Vec::leak(keys));
    let site = Box::leak(Box::new(SpanSite::new(event, level, keys)));
    sites.push(site);
    site
}

fn find(known: &SpanSites, key: (usize, Level), event: &Event<'_>) -> Option<&'static SpanSite> {
    let sites = known.get(&key)?;
    let found = sites.iter().find(|site| site.has_keys_of(event));
    found.or_else(|| sites.get(MAX_KEY_LISTS)).copied()
}

impl SpanSite {
    fn new(event: &Event<'_>, level: Level, keys: Option<&'static [&'static str]>) -> Self {
        let fields = match keys {
            None => FOLDED_FIELDS,
            Some(keys) => with_own_fields(keys),
        };
        let kind = event.kind();
        let site = event.site();
        Self {
            callsite: TracingCallsite::new(kind, site, level, fields, MetadataKind::SPAN),
            keys,
            failure: OnceLock::new(),
            cancelled: OnceLock::new(),
        }
    }

    fn has_keys_of(&self, event: &Event<'_>) -> bool {
        let keys = event.data().iter().map(|(key, _)| key);
        self.keys.is_some_and(|own| own.iter().copied().eq(keys))
    }

    /// Returns whether the data is one field.
    pub(super) const fn is_folded(&self) -> bool {
        self.keys.is_none()
    }

    /// Returns whether the data has a field `name`.
    pub(super) fn has_in_data(&self, name: &str) -> bool {
        self.keys.is_some_and(|keys| keys.contains(&name))
    }

    /// Returns the call site of a failure's event.
    pub(super) fn failure(&self, kind: Kind, site: Option<&'static Site>) -> &TracingCallsite {
        self.failure.get_or_init(|| {
            TracingCallsite::new(
                kind,
                site,
                Level::ERROR,
                FAILURE_FIELDS,
                MetadataKind::EVENT,
            )
        })
    }

    /// Returns the call site of a cancellation's event.
    pub(super) fn cancelled(&self, kind: Kind, site: Option<&'static Site>) -> &TracingCallsite {
        self.cancelled.get_or_init(|| {
            TracingCallsite::new(
                kind,
                site,
                Level::WARN,
                CANCELLED_FIELDS,
                MetadataKind::EVENT,
            )
        })
    }
}

/// Returns `keys` and the fields that every span has.
fn with_own_fields(keys: &[&'static str]) -> &'static [&'static str] {
    let own = [ADDED, RETURN, ERROR].into_iter();
    let added = own.filter(|own| !keys.contains(own));
    Vec::leak(keys.iter().copied().map(printable).chain(added).collect())
}

/// Returns the text with escapes. Call sites are leaked, so this may leak, too.
fn printable(text: &'static str) -> &'static str {
    match escaped(text) {
        Cow::Borrowed(text) => text,
        Cow::Owned(text) => text.leak(),
    }
}

impl TracingCallsite {
    fn new(
        kind: Kind,
        site: Option<&'static Site>,
        level: Level,
        fields: &'static [&'static str],
        metadata_kind: MetadataKind,
    ) -> Self {
        let identity: &'static Identity = Box::leak(Box::default());
        let module = site.map(Site::module_path);
        let name = match metadata_kind {
            MetadataKind::SPAN => site.map_or(kind.as_str(), Site::path),
            _ => "failure",
        };
        let metadata: &'static Metadata<'static> = Box::leak(Box::new(Metadata::new(
            printable(name),
            kind.as_str(),
            level,
            site.map(Site::file).map(printable),
            site.map(Site::line),
            module.filter(|module| !module.is_empty()),
            FieldSet::new(fields, identify_callsite!(identity)),
            metadata_kind,
        )));
        identity.0.get_or_init(|| metadata);
        sync::write(&METADATA).insert(ptr::from_ref(metadata).addr());
        Self {
            callsite: Box::leak(Box::new(DefaultCallsite::new(metadata))),
            metadata,
        }
    }

    /// Returns whether subscribers want the spans or events of this call site.
    ///
    /// Do not call this inside `get_default`: there, no subscriber is found.
    pub(super) fn interest(&self) -> Interest {
        self.callsite.interest()
    }

    /// Returns whether `dispatch` wants the spans or events, given the `interest`.
    pub(super) fn is_wanted(&self, interest: &Interest, dispatch: &Dispatch) -> bool {
        interest.is_always() || (!interest.is_never() && dispatch.enabled(self.metadata))
    }
}

/// The identity of a call site. A call site and its metadata refer to each other, so the identity
/// is created before both.
#[derive(Debug, Default)]
struct Identity(OnceLock<&'static Metadata<'static>>);

impl Callsite for Identity {
    fn set_interest(&self, _: Interest) {}

    fn metadata(&self) -> &Metadata<'_> {
        self.0.get().expect("set before the identity is shared")
    }
}
