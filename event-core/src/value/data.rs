//! Event data: an ordered list of keys and values.

use std::fmt;
use std::sync::Arc;

use super::captured::Captured;
use super::kept_fields::KeptFields;
use super::{Field, Value};
use crate::escape::escaped;

/// The data of an [`Event`](crate::Event): keys and values, in the order in which they were added.
///
/// # Examples
///
/// ```
/// use event_core::{Event, EventStatus, data};
///
/// let event = Event::new("docs:data", EventStatus::Start);
/// let event = event.with_data(data! { depth = 3, path = "a" });
/// let data = event.data();
/// assert_eq!(data.get("depth").and_then(|value| value.to_i64()), Some(3));
/// assert!(data.get("colour").is_none());
/// let keys: Vec<&str> = data.iter().map(|(key, _)| key).collect();
/// assert_eq!(keys, ["depth", "path"]);
/// ```
#[derive(Clone)]
pub struct Data<'a> {
    /// The keys of the call site's `values`.
    keys: &'static Keys,
    /// The captured values; empty if no values were captured.
    values: &'a [Captured<'a>],
    /// `None` if the captured values are all. A call without further fields then stores one word.
    rest: Option<Rest<'a>>,
}

/// The fields after the captured values.
#[derive(Clone)]
struct Rest<'a> {
    fields: Fields<'a>,
    /// The fields that were added for the END. One replaces the field above with the same key.
    added: &'a [Field<'a>],
    /// The value that the function returned: one more added field, the last.
    returned: Option<&'a Field<'a>>,
}

/// The names of the values that a call site captures.
pub(crate) type Keys = &'static [&'static str];

const NO_KEYS: &Keys = &(&[] as Keys);

#[derive(Clone)]
enum Fields<'a> {
    None,
    Borrowed(&'a [Field<'a>]),
    Kept(&'a KeptFields),
    Owned(Arc<[Field<'static>]>),
}

impl<'a> Rest<'a> {
    const fn of(fields: Fields<'a>) -> Self {
        Self {
            fields,
            added: &[],
            returned: None,
        }
    }
}

impl Default for Data<'_> {
    fn default() -> Self {
        Self::NONE
    }
}

impl<'a> Data<'a> {
    pub(crate) const NONE: Self = Self::captured(NO_KEYS, &[]);

    /// Returns data that borrows `fields`.
    #[must_use]
    pub const fn new(fields: &'a [Field<'a>]) -> Self {
        Self::of(Fields::Borrowed(fields))
    }

    /// Returns the data of a call site: one value for each key, or no values. Further values were
    /// skipped, and are ignored.
    #[inline(always)]
    pub(crate) const fn captured(keys: &'static Keys, values: &'a [Captured<'a>]) -> Self {
        Self {
            keys,
            values,
            rest: None,
        }
    }

    /// Returns data of captured values and of fields that the scope keeps.
    #[inline]
    pub(crate) const fn kept(
        keys: &'static Keys,
        values: &'a [Captured<'a>],
        fields: &'a KeptFields,
    ) -> Self {
        Self {
            keys,
            values,
            rest: Some(Rest::of(Fields::Kept(fields))),
        }
    }

    /// Returns the keys, the captured values and the fields, without the added fields.
    pub(crate) fn parts(&self) -> (&'static Keys, &[Captured<'a>], &[Field<'a>]) {
        (self.keys, self.captured_values(), self.slice())
    }

    pub(crate) const fn owned(fields: Arc<[Field<'static>]>) -> Self {
        Self::of(Fields::Owned(fields))
    }

    const fn of(fields: Fields<'a>) -> Self {
        Self {
            keys: NO_KEYS,
            values: &[],
            rest: Some(Rest::of(fields)),
        }
    }

    /// Returns the data with `returned` after it.
    #[inline(always)]
    pub(crate) fn with_returned(self, returned: Option<&'a Field<'a>>) -> Self {
        match returned {
            None => self,
            Some(_) => self.with_rest(|rest| rest.returned = returned),
        }
    }

    /// Returns the data with `added`, which replace fields with the same key.
    #[inline(always)]
    pub(crate) fn with_added(self, added: &'a [Field<'a>]) -> Self {
        if added.is_empty() {
            self
        } else {
            self.with_rest(|rest| rest.added = added)
        }
    }

    fn with_rest(self, change: impl FnOnce(&mut Rest<'a>)) -> Self {
        let mut rest = self.rest.unwrap_or(const { Rest::of(Fields::None) });
        change(&mut rest);
        Self {
            rest: Some(rest),
            ..self
        }
    }

    /// Returns the fields that the END adds to the data of its START. The returned value, which is
    /// later, replaces an added field with its key.
    fn added_fields(&self) -> impl Iterator<Item = &Field<'a>> {
        let (added, returned) = match &self.rest {
            Some(rest) => (rest.added, rest.returned),
            None => (&[][..], None),
        };
        let is_last = move |field: &&Field<'a>| returned.is_none_or(|last| last.key != field.key);
        added.iter().filter(is_last).chain(returned)
    }

    /// Returns the fields of the START, without those that the END adds.
    #[doc(hidden)]
    #[inline]
    pub fn start_fields(&self) -> impl Iterator<Item = (&'static str, &Value<'a>)> {
        let values = self.values.iter().map(Captured::value);
        let captured = self.keys.iter().copied().zip(values);
        captured.chain(self.slice().iter().map(|field| (field.key, &field.value)))
    }

    /// Returns the values that the call site captured, with their keys, if there are no other
    /// fields. Iterating over them is faster than over [`start_fields`](Self::start_fields).
    #[doc(hidden)]
    #[inline]
    #[must_use]
    pub fn only_captured_fields(&self) -> Option<impl Iterator<Item = (&'static str, &Value<'a>)>> {
        let values = self.values.iter().map(Captured::value);
        let captured = self.keys.iter().copied().zip(values);
        self.rest.is_none().then_some(captured)
    }

    /// Returns the fields that this END adds to the data of its START, or replaces in it.
    #[doc(hidden)]
    pub fn added(&self) -> impl Iterator<Item = (&'static str, &Value<'a>)> {
        self.added_fields().map(|field| (field.key, &field.value))
    }

    /// Returns the captured values, one for each key or none.
    #[inline]
    fn captured_values(&self) -> &'a [Captured<'a>] {
        &self.values[..self.values.len().min(self.keys.len())]
    }

    #[inline]
    fn slice(&self) -> &[Field<'a>] {
        match self.fields() {
            Fields::None => &[],
            Fields::Borrowed(fields) => fields,
            Fields::Kept(kept) => kept.as_slice(),
            Fields::Owned(fields) => fields,
        }
    }

    #[inline]
    fn fields(&self) -> &Fields<'a> {
        self.rest
            .as_ref()
            .map_or(&Fields::None, |rest| &rest.fields)
    }

    /// Returns the value of `key`.
    ///
    /// If several fields have this key, returns the value of the first.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value<'a>> {
        self.iter()
            .find(|(name, _)| *name == key)
            .map(|(_, value)| value)
    }

    /// Returns the keys and values in order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Value<'a>)> {
        let start = self.start_fields().map(|(key, value)| {
            let replacement = self.added_fields().find(|field| field.key == key);
            (key, replacement.map_or(value, |field| &field.value))
        });
        start.chain(self.new_fields())
    }

    /// Returns the added fields that replace no field.
    fn new_fields(&self) -> impl Iterator<Item = (&'static str, &Value<'a>)> {
        let is_new = |(key, _): &(&str, _)| !self.start_fields().any(|(start, _)| start == *key);
        self.added().filter(is_new)
    }

    /// Returns the values that a call site captured, if there are no other fields.
    #[doc(hidden)]
    #[must_use]
    #[inline]
    pub fn only_captured(&self) -> Option<impl ExactSizeIterator<Item = &Value<'a>>> {
        let values = self.captured_values();
        self.rest
            .is_none()
            .then(|| values.iter().map(Captured::value))
    }

    /// Returns the number of fields without those that the END adds.
    #[doc(hidden)]
    #[must_use]
    #[inline]
    pub fn start_len(&self) -> usize {
        let others = match &self.rest {
            None => 0,
            Some(_) => self.slice().len(),
        };
        self.captured_values().len() + others
    }

    /// Returns the number of fields.
    #[must_use]
    pub fn len(&self) -> usize {
        if self.has_added() {
            self.start_len() + self.new_fields().count()
        } else {
            self.start_len()
        }
    }

    /// Returns whether there is no field.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the same data without borrows.
    ///
    /// Values that are owned already are shared, not copied.
    #[must_use]
    pub fn into_owned(self) -> Data<'static> {
        if self.is_empty() {
            Data::default()
        } else {
            Data::owned(self.to_fields())
        }
    }

    /// Returns the values that a call site captured for `keys`. Returns `None` if there are other
    /// fields.
    #[inline]
    pub(crate) fn captured_alone(&self, keys: Option<&'static Keys>) -> Option<&'a [Captured<'a>]> {
        let values = self.captured_values();
        let has_keys = keys.is_some_and(|keys| std::ptr::eq(keys, self.keys));
        let is_alone = self.rest.is_none() || self.is_rest_empty();
        ((has_keys || values.is_empty()) && is_alone).then_some(values)
    }

    #[inline(never)]
    fn is_rest_empty(&self) -> bool {
        self.slice().is_empty() && !self.has_added()
    }

    /// Returns whether the data includes fields that the END adds to the data of its START.
    #[doc(hidden)]
    #[must_use]
    #[inline]
    pub const fn has_added(&self) -> bool {
        match &self.rest {
            None => false,
            Some(rest) => rest.returned.is_some() || !rest.added.is_empty(),
        }
    }

    /// Returns the data without the fields that the END adds, owned.
    pub(crate) fn start_owned(&self) -> Data<'static> {
        let start = self.clone().with_rest(|rest| {
            rest.added = &[];
            rest.returned = None;
        });
        start.into_owned()
    }

    /// Returns only the fields that the END adds, owned.
    pub(crate) fn added_owned(&self) -> Data<'static> {
        if self.has_added() {
            Data::owned(
                self.added_fields()
                    .cloned()
                    .map(Field::into_owned)
                    .collect(),
            )
        } else {
            Data::default()
        }
    }

    /// Returns whether both consist of the same list of fields.
    pub(crate) fn shares_fields(&self, other: &Self) -> bool {
        match (self.fields(), other.fields()) {
            (Fields::Owned(one), Fields::Owned(two)) => Arc::ptr_eq(one, two),
            _ => self.is_empty() && other.is_empty(),
        }
    }

    /// Returns the fields, owned.
    pub(crate) fn to_fields(&self) -> Arc<[Field<'static>]> {
        match self.fields() {
            Fields::Owned(fields) if !self.has_added() => Arc::clone(fields),
            Fields::Kept(kept) if self.values.is_empty() && !self.has_added() => kept.share(),
            _ => self
                .iter()
                .map(|(key, value)| Field::new(key, value.clone().into_owned()))
                .collect(),
        }
    }
}

impl fmt::Debug for Data<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl fmt::Display for Data<'_> {
    /// Formats each field as `key=value`, with the value's `Debug`, separated by spaces. Control
    /// characters are escaped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (key, value)) in self.iter().enumerate() {
            let space = if index == 0 { "" } else { " " };
            write!(f, "{space}{}={value:?}", escaped(key))?;
        }
        Ok(())
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Data<'_> {
    /// Serializes the fields as a map, in order.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}
