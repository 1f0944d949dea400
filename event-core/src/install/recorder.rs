//! Installs a recorder.

use super::installed::{Installed, install_listener};
use crate::kind::filter::KindFilter;
use crate::listeners::recorder::RecordingListener;

/// Records the events of `kinds` until the returned guard is dropped.
///
/// The guard derefs to the [`RecordingListener`].
///
/// # Panics
///
/// Panics if `kinds` is neither a valid kind nor a valid pattern.
///
/// # Examples
///
/// ```
/// use event_core::{install_recorder, trigger_event};
///
/// let recorder = install_recorder("docs:recorder");
/// trigger_event("docs:recorder", (), || {});
/// for (time, event) in recorder.buffer() {
///     println!("{time:?} {event}");
/// }
/// assert_eq!(recorder.len(), 2);
/// ```
#[track_caller]
pub fn install_recorder(kinds: impl Into<KindFilter>) -> Installed<RecordingListener> {
    install_listener(kinds, RecordingListener::new())
}
