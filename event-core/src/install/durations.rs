//! Installs a callback for each scope's duration.

use std::time::Duration;

use super::installed::{Installed, install_listener};
use crate::event::Event;
use crate::kind::filter::KindFilter;
use crate::listeners::durations::Durations;

/// Calls `callback` with the END and the duration of each scope of `kinds`, until the returned
/// guard is dropped.
///
/// The callback runs on the thread of the END, before the scope's code continues. It can read the
/// END's [data](Event::data), [site](Event::site) and [failure](Event::exc_details). To time calls
/// without the cost of their data, implement
/// [`Listener`](trait@crate::Listener) with [`wants_duration`](crate::Listener::wants_duration) and
/// without data.
///
/// # Panics
///
/// Panics if `kinds` is neither a valid kind nor a valid pattern.
///
/// # Examples
///
/// ```
/// use event_core::{data, install_durations, trigger_event};
/// use std::sync::Mutex;
/// use std::time::Duration;
///
/// static SLOW: Mutex<Vec<String>> = Mutex::new(Vec::new());
///
/// let _durations = install_durations("docs:query", |event, duration| {
///     if duration >= Duration::from_millis(3) {
///         SLOW.lock().unwrap().push(event.data().to_string());
///     }
/// });
/// for millis in [0, 4] {
///     let pause = Duration::from_millis(millis);
///     trigger_event("docs:query", data! { millis }, || std::thread::sleep(pause));
/// }
/// assert!(SLOW.lock().unwrap().contains(&"millis=4".to_owned()));
/// ```
#[track_caller]
pub fn install_durations<F>(kinds: impl Into<KindFilter>, callback: F) -> Installed<Durations<F>>
where
    F: Fn(&Event<'_>, Duration) + Send + Sync + 'static,
{
    install_listener(kinds, Durations(callback))
}
