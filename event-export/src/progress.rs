//! A progress bar of calls.

use std::fmt;
use std::sync::atomic::Ordering;

use event_core::{Event, Listener};
use indicatif::{ProgressBar, ProgressStyle};

use crate::host::alloc;
use crate::host::fork::Owner;
use crate::sync::AtomicU64;

/// Shows the progress of a known number of calls on stderr, if that is a terminal.
///
/// The bar advances at each END, except that of a message. It shows the elapsed time, an estimate
/// of the remaining time, and how many calls failed or were cancelled. When the listener is
/// dropped, the bar stays on the screen. Calls beyond the total are counted, too: the bar then
/// shows `30/20`.
///
/// Install it for the kind that is to be counted: `app:file` rather than `app:*`.
///
/// # Examples
///
/// ```
/// use event_core::{install_listener, trigger_event};
/// use event_export::Progress;
///
/// #[trigger_event("docs:convert", err)]
/// fn convert(file: u32) -> Result<(), std::fmt::Error> {
///     if file == 2 { Err(std::fmt::Error) } else { Ok(()) }
/// }
///
/// let progress = install_listener("docs:convert", Progress::new(3));
/// for file in 0..3 {
///     let _ = convert(file);
/// }
/// assert_eq!(progress.bar().position(), 3);
/// assert_eq!(progress.bar().message(), "1 failed");
/// ```
pub struct Progress {
    bar: ProgressBar,
    failed: AtomicU64,
    owner: Owner,
}

impl Progress {
    /// Returns a progress bar for `total` calls.
    #[must_use]
    pub fn new(total: u64) -> Self {
        let bar = ProgressBar::new(total);
        let template = "{wide_bar} {pos}/{len} {elapsed}, {eta} to go {msg}";
        // The template is valid. The fallback only avoids a panic.
        let style = ProgressStyle::with_template(template);
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self::with_bar(bar)
    }

    /// Returns a listener that advances `bar`, a `ProgressBar` of `indicatif` 0.18. The bar may
    /// have its own style, or belong to a `MultiProgress`. A failed call sets its message.
    ///
    /// # Examples
    ///
    /// ```
    /// use event_core::{install_listener, trigger_event};
    /// use event_export::Progress;
    /// use indicatif::ProgressBar;
    ///
    /// let bar = ProgressBar::hidden();
    /// let _progress = install_listener("docs:with_bar", Progress::with_bar(bar.clone()));
    /// trigger_event("docs:with_bar", (), || {});
    /// assert_eq!(bar.position(), 1);
    /// ```
    #[must_use]
    pub fn with_bar(bar: ProgressBar) -> Self {
        Self {
            bar,
            failed: AtomicU64::new(0),
            owner: Owner::current(),
        }
    }

    /// Returns the bar.
    #[must_use]
    pub const fn bar(&self) -> &ProgressBar {
        &self.bar
    }

    fn show_failed(&self) {
        let failed = self.failed.load(Ordering::Relaxed);
        if failed > 0 {
            self.bar.set_message(format!("{failed} failed"));
        }
    }
}

impl Listener for Progress {
    fn on_start(&self, _: &Event<'_>) {}

    fn on_end(&self, event: &Event<'_>) {
        if !self.owner.receives() || event.is_mark() {
            return;
        }
        let _uncounted = alloc::uncounted();
        if event.is_failed() {
            self.failed.fetch_add(1, Ordering::Relaxed); // a counter
            self.show_failed();
        }
        self.bar.inc(1);
    }

    fn wants_data(&self) -> bool {
        false
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if !self.owner.is_current() {
            // In a forked process, dropping the bar would draw it and join a missing thread.
            std::mem::forget(std::mem::replace(&mut self.bar, ProgressBar::hidden()));
            return;
        }
        self.show_failed(); // a slower thread may have shown an older count
        self.bar.abandon(); // `finish` would move the bar to the total
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Progress")
            .field("position", &self.bar.position())
            .field("total", &self.bar.length())
            .finish_non_exhaustive()
    }
}
