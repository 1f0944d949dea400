//! Call sites: one static for each annotated function, which knows whether anybody listens.

use std::fmt;

use crate::dispatch::entry::Entry;
use crate::dispatch::registry;
use crate::kind::Kind;
use crate::sync::{AtomicU8, OnceRef, Ordering};
use crate::thread;
use crate::value::data::Keys;

/// Whether and how the events of a call site are heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Hearing {
    /// Nobody listens.
    Nobody = 0,
    /// The site has not been called yet, and so does not know.
    Unknown = 1,
    /// Somebody listens, and nobody wants data.
    Bare = 2,
    /// Somebody listens, and wants data.
    Data = 3,
    /// It depends on the thread.
    Ask = 4,
}

const BARE: u8 = Hearing::Bare as u8;
const DATA: u8 = Hearing::Data as u8;

impl Hearing {
    pub(crate) const fn from_u8(state: u8) -> Self {
        match state {
            0 => Self::Nobody,
            BARE => Self::Bare,
            DATA => Self::Data,
            4 => Self::Ask,
            _ => Self::Unknown,
        }
    }
}

/// An annotated function: what it is called and where it stands.
///
/// The attribute makes one for each function that it is on;
/// [`Event::site`](crate::Event::site) returns it. A place that calls [`open_event`](crate::open_event)
/// has one too, whose function is the kind and whose module is empty.
///
/// # Examples
///
#[cfg_attr(feature = "macros", doc = "```")]
#[cfg_attr(not(feature = "macros"), doc = "```ignore")]
/// use event_core::{local, trigger_event};
///
/// #[trigger_event("docs:site")]
/// fn parse() {}
///
/// let recorder = local::install_recorder("docs:site");
/// parse();
/// let site = recorder.buffer()[0].1.site().unwrap();
/// assert_eq!(site.function(), "parse");
/// assert!(site.file().ends_with(".rs"));
/// ```
pub struct Site {
    /// A [`Hearing`]; all that a call looks at when nobody listens.
    state: AtomicU8,
    kind: Kind,
    function: &'static str,
    module: &'static str,
    /// File, line and column.
    place: (&'static str, u32, u32),
    keys: Keys,
    is_async: bool,
    entry: OnceRef<'static, Entry>,
    /// The site of the same kind that enlisted before.
    previous: OnceRef<'static, Site>,
}

impl Site {
    #[doc(hidden)]
    #[must_use]
    pub const fn new(
        kind: Kind,
        function: &'static str,
        module: &'static str,
        place: (&'static str, u32, u32),
        keys: Keys,
    ) -> Self {
        Self {
            state: AtomicU8::new(Hearing::Unknown as u8),
            kind,
            function,
            module,
            place,
            keys,
            is_async: false,
            entry: OnceRef::new(),
            previous: OnceRef::new(),
        }
    }

    /// The same for a function whose scopes are futures.
    #[doc(hidden)]
    #[must_use]
    pub const fn of_futures(mut self) -> Self {
        self.is_async = true;
        self
    }

    /// Returns the kind of the function's events.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns the function's name, without its module or type.
    #[must_use]
    pub const fn function(&self) -> &'static str {
        self.function
    }

    /// Returns the path of the module that the function stands in.
    #[must_use]
    pub const fn module_path(&self) -> &'static str {
        self.module
    }

    /// Returns the source file.
    #[must_use]
    pub const fn file(&self) -> &'static str {
        self.place.0
    }

    /// Returns the line of the function's name, from one.
    #[must_use]
    pub const fn line(&self) -> u32 {
        self.place.1
    }

    /// Returns the column of the function's name, from one.
    #[must_use]
    pub const fn column(&self) -> u32 {
        self.place.2
    }

    /// Says whether the function's scopes are futures: one begins at the future's first poll, others
    /// of the same thread may begin and end while it waits, and it may end on another thread.
    ///
    /// An `async fn` that awaits nothing is done within one poll, and is not one of these.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "macros", doc = "```")]
    #[cfg_attr(not(feature = "macros"), doc = "```ignore")]
    /// use event_core::{local, trigger_event};
    ///
    /// #[trigger_event("docs:is_async")]
    /// async fn wait(millis: u64) {
    ///     std::future::ready(millis).await;
    /// }
    ///
    /// # fn run(future: impl Future) {
    /// #     let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    /// #     assert!(std::pin::pin!(future).poll(&mut context).is_ready());
    /// # }
    /// let recorder = local::install_recorder("docs:is_async");
    /// run(wait(1));
    /// assert!(recorder.buffer()[0].1.site().unwrap().is_async());
    /// ```
    #[must_use]
    pub const fn is_async(&self) -> bool {
        self.is_async
    }

    /// The names of the values that a call captures.
    #[inline]
    pub(crate) const fn keys(&'static self) -> &'static Keys {
        &self.keys
    }

    /// Whether somebody may hear the next call, on some thread.
    #[doc(hidden)]
    #[inline]
    pub fn may_be_heard(&'static self) -> bool {
        // Relaxed: who registered before this call is seen by coherence alone, and who registers
        // meanwhile may miss it.
        self.state.load(Ordering::Relaxed) != Hearing::Nobody as u8
    }

    /// Whether and how a call is heard that may be.
    #[inline]
    pub(crate) fn ask(&'static self) -> Hearing {
        if thread::is_busy() {
            return Hearing::Nobody;
        }
        match self.state.load(Ordering::Relaxed) {
            state @ (BARE | DATA) => Hearing::from_u8(state),
            _ => self.ask_entry(),
        }
    }

    #[cold]
    fn ask_entry(&'static self) -> Hearing {
        let entry = self.entry();
        match Hearing::from_u8(self.state.load(Ordering::Relaxed)) {
            Hearing::Ask => entry.hearing_here(),
            hearing => hearing,
        }
    }

    /// The entry of this site's kind; not from inside our own work.
    #[inline]
    pub(crate) fn entry(&'static self) -> &'static Entry {
        match self.entry.get() {
            Some(entry) => entry,
            None => self.enlist(),
        }
    }

    #[cold]
    fn enlist(&'static self) -> &'static Entry {
        registry::enlist(self);
        self.entry.get().expect("an enlisted site has an entry")
    }

    pub(crate) fn is_enlisted(&self) -> bool {
        self.entry.get().is_some()
    }

    /// Takes the place that `entry` gives it. Called once, with the registry's lock held.
    pub(crate) fn enlisted(&self, entry: &'static Entry, previous: Option<&'static Self>) {
        if let Some(previous) = previous {
            let _ = self.previous.set(previous);
        }
        let _ = self.entry.set(entry);
    }

    pub(crate) fn previous(&self) -> Option<&'static Self> {
        self.previous.get()
    }

    pub(crate) fn set_state(&self, state: u8) {
        self.state.store(state, Ordering::Relaxed);
    }
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Site")
            .field("kind", &self.kind)
            .field("function", &self.function)
            .field("module_path", &self.module)
            .field("file", &self.file())
            .field("line", &self.line())
            .finish_non_exhaustive()
    }
}
