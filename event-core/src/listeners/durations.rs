//! A listener that calls a function with each END and its duration.

use std::fmt;
use std::time::Duration;

use crate::event::Event;
use crate::listener::Listener;

/// The listener that [`install_durations`](crate::install_durations) installs.
pub struct Durations<F>(pub(crate) F);

impl<F: Fn(&Event<'_>, Duration) + Send + Sync + 'static> Listener for Durations<F> {
    fn on_start(&self, _: &Event<'_>) {}

    fn on_end(&self, event: &Event<'_>) {
        if let Some(duration) = event.duration() {
            (self.0)(event, duration);
        }
    }

    fn wants_duration(&self) -> bool {
        true
    }
}

impl<F> fmt::Debug for Durations<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Durations(..)")
    }
}
