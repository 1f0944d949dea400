//! A progress bar of calls.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use event_core::{Event, Listener};
use indicatif::{ProgressBar, ProgressStyle};

use crate::host::alloc;

/// Shows how many of a known number of calls are over, on a terminal's stderr; elsewhere nothing.
///
/// The bar moves on by one at each END, failed or not; failed and cancelled ones are counted beside
/// it. It says how long it has been going, and how long it will presumably go on. When the listener
/// is dropped the bar stays as it is then. More calls than there were to be are counted all the
/// same: it then says `30/20`.
///
/// Install it on the kind that is to be counted: `app:file`, rather than `app:*`.
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
}

impl Progress {
    /// Returns one for `total` calls.
    #[must_use]
    pub fn new(total: u64) -> Self {
        let bar = ProgressBar::new(total);
        let template = "{wide_bar} {pos}/{len} {elapsed}, {eta} to go {msg}";
        // A template that is wrong would be our own mistake; the default is good enough then.
        let style = ProgressStyle::with_template(template);
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self::with_bar(bar)
    }

    /// Returns one that moves `bar` on, which may have a style of its own, or be one of several; a
    /// `ProgressBar` of `indicatif` 0.18. Its message is set when a call fails.
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
        }
    }

    /// Returns the bar.
    #[must_use]
    pub const fn bar(&self) -> &ProgressBar {
        &self.bar
    }

    fn say_failed(&self) {
        let failed = self.failed.load(Ordering::Relaxed);
        if failed > 0 {
            self.bar.set_message(format!("{failed} failed"));
        }
    }
}

impl Listener for Progress {
    fn on_start(&self, _: &Event<'_>) {}

    fn on_end(&self, event: &Event<'_>) {
        let _uncounted = alloc::uncounted();
        if event.is_failed() {
            self.failed.fetch_add(1, Ordering::Relaxed); // only counts
            self.say_failed();
        }
        self.bar.inc(1);
    }

    fn wants_data(&self) -> bool {
        false
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.say_failed(); // as a slower thread may have said less
        self.bar.abandon(); // `finish` would set it to the total
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
