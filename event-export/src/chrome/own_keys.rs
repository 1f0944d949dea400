//! Keys of arguments. Those of the trace itself differ from those of the data, and viewers join the
//! arguments of a START and its END.

use std::borrow::Cow;

use event_core::{Data, Event, Site};

/// The argument with the id of the parent.
pub(super) const PARENT: &str = "parent";

/// The argument with the failure.
pub(super) const FAILED: &str = "failed";

/// The keys of a START that keys of the trace could be mistaken for.
#[derive(Clone, Debug, Default)]
pub(super) struct StartKeys(Box<[&'static str]>);

impl StartKeys {
    /// Returns the keys of the data of a START. Most data has none of them.
    pub(super) fn of(data: &Data<'_>) -> Option<Self> {
        let is_similar = |key: &&str| key.starts_with(PARENT) || key.starts_with(FAILED);
        let keys = || data.iter().map(|(key, _)| key).filter(is_similar);
        keys().next()?;
        Some(Self(keys().collect()))
    }

    fn has(&self, key: &str) -> bool {
        self.0.contains(&key)
    }
}

/// Returns `key`, with a `_` for each key that is taken.
pub(super) fn own_key(key: &'static str, is_taken: impl Fn(&str) -> bool) -> Cow<'static, str> {
    let mut own = Cow::Borrowed(key);
    while is_taken(&own) {
        own.to_mut().push('_');
    }
    own
}

/// Returns the key of the parent in the arguments of a START.
pub(super) fn parent_of_start(event: &Event<'_>) -> Cow<'static, str> {
    own_key(PARENT, |key| event.data().get(key).is_some())
}

/// The keys in the arguments of an END.
pub(super) struct EndKeys<'e, 'd> {
    event: &'e Event<'d>,
    start: StartKeys,
    /// The key of the parent in the START, if it has one.
    parent: Option<Cow<'static, str>>,
}

impl<'e, 'd> EndKeys<'e, 'd> {
    pub(super) fn new(event: &'e Event<'d>, start: StartKeys) -> Self {
        let site = event.site();
        let has_parent = event.parent().is_some() && site.is_some_and(Site::is_async);
        let in_start = |key: &str| start.has(key) || captures(event, key);
        let parent = has_parent.then(|| own_key(PARENT, in_start));
        Self {
            event,
            start,
            parent,
        }
    }

    fn is_in_start(&self, key: &str) -> bool {
        self.start.has(key) || captures(self.event, key) || self.parent.as_deref() == Some(key)
    }

    fn is_in_end(&self, key: &str) -> bool {
        self.event.data().get(key).is_some()
    }

    /// Returns the key of an argument of the END. Data of the END replaces that of the START, but
    /// not its parent.
    pub(super) fn of_data(&self, key: &'static str) -> Cow<'static, str> {
        let is_taken = Some(key) == self.parent.as_deref();
        own_key(key, |own| {
            if own == key {
                is_taken
            } else {
                self.is_in_start(own) || self.is_in_end(own)
            }
        })
    }

    /// Returns the key of the failure.
    pub(super) fn failed(&self) -> Cow<'static, str> {
        own_key(FAILED, |key| self.is_in_start(key) || self.is_in_end(key))
    }
}

fn captures(event: &Event<'_>, key: &str) -> bool {
    event.site().is_some_and(|site| site.captures(key))
}

/// Returns whether two fields of `data` have the same key.
pub(super) fn has_duplicates(data: &Data<'_>) -> bool {
    let keys = || data.iter().map(|(key, _)| key);
    keys()
        .enumerate()
        .any(|(index, key)| keys().take(index).any(|other| other == key))
}

/// Makes each key differ from those before it.
#[derive(Default)]
pub(super) struct DistinctKeys(Vec<String>);

impl DistinctKeys {
    /// Returns the next key, with a `_` for each earlier key that is the same.
    pub(super) fn next(&mut self, key: &str) -> String {
        let mut own = key.to_owned();
        while self.0.contains(&own) {
            own.push('_');
        }
        self.0.push(own.clone());
        own
    }
}
