//! Threads of exporters, and the signals of the process.

use std::io;
use std::thread::{Builder, JoinHandle};

/// Starts a thread that blocks all signals except those that a fault of the thread itself raises.
///
/// So a signal handler of the program never interrupts the thread. A handler that ran before the
/// standard library has set up the thread would abort the process if it used
/// `std::thread::current()`, and could wait without end for the allocator.
pub(crate) fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    // The new thread inherits the mask of this one.
    #[cfg(unix)]
    let _blocked = unix::BlockedSignals::new();
    Builder::new().name(name.to_owned()).spawn(run)
}

#[cfg(all(unix, any(feature = "flight", feature = "live")))]
pub(crate) use unix::has_handler;
#[cfg(all(unix, feature = "live"))]
pub(crate) use unix::{is_handler, set_handler};

#[cfg(unix)]
mod unix {
    #![expect(unsafe_code, reason = "the standard library has no signal masks")]

    use std::mem::MaybeUninit;
    use std::ptr;

    /// A thread that blocks them could be killed without the handler that reports the fault.
    const FAULTS: [libc::c_int; 7] = [
        libc::SIGABRT,
        libc::SIGBUS,
        libc::SIGFPE,
        libc::SIGILL,
        libc::SIGPIPE,
        libc::SIGSEGV,
        libc::SIGTRAP,
    ];

    /// Returns whether the program handles or ignores a signal.
    #[cfg(any(feature = "flight", feature = "live"))]
    pub(crate) fn has_handler(signal: libc::c_int) -> bool {
        handler_address(signal) != Some(libc::SIG_DFL)
    }

    /// Returns the address of the handler of a signal, or a constant of the system; none if it
    /// cannot be read. It may be called in a handler.
    #[cfg(any(feature = "flight", feature = "live"))]
    fn handler_address(signal: libc::c_int) -> Option<libc::sighandler_t> {
        let mut action = MaybeUninit::<libc::sigaction>::uninit();
        // SAFETY: without a new action, `sigaction` changes nothing. It initializes `action`, a
        // local variable, if it returns zero.
        let action = unsafe {
            let result = libc::sigaction(signal, ptr::null(), action.as_mut_ptr());
            (result == 0).then(|| action.assume_init())
        };
        action.map(|action| action.sa_sigaction)
    }

    /// A function that runs when a signal arrives. It must neither allocate nor take a lock.
    #[cfg(feature = "live")]
    pub(crate) type Handler = extern "C" fn(libc::c_int);

    /// Returns whether `handler` is the handler of a signal. A handler that the program has set
    /// since may call it, but takes its place. It may be called in a handler.
    #[cfg(feature = "live")]
    pub(crate) fn is_handler(signal: libc::c_int, handler: Handler) -> bool {
        handler_address(signal) == Some(handler as *const () as libc::sighandler_t)
    }

    /// Sets the handler of a signal. If that fails, the signal keeps its action.
    #[cfg(feature = "live")]
    pub(crate) fn set_handler(signal: libc::c_int, handler: Handler) {
        let mut action = MaybeUninit::<libc::sigaction>::zeroed();
        // SAFETY: all fields of `sigaction` may be zero. The handler has the type that the system
        // calls without `SA_SIGINFO`, and `sigemptyset` gets a field of a local variable.
        unsafe {
            let action = action.assume_init_mut();
            action.sa_sigaction = handler as *const () as libc::sighandler_t;
            action.sa_flags = libc::SA_RESTART;
            libc::sigemptyset(&raw mut action.sa_mask);
            libc::sigaction(signal, ptr::from_ref(action), ptr::null_mut());
        }
    }

    /// Blocks signals on this thread until it is dropped.
    pub(super) struct BlockedSignals {
        /// `None` if blocking them failed.
        previous: Option<libc::sigset_t>,
    }

    impl BlockedSignals {
        pub(super) fn new() -> Self {
            let mut blocked = MaybeUninit::uninit();
            let mut previous = MaybeUninit::uninit();
            // SAFETY: `sigfillset` initializes the set that it gets, and the other functions get
            // initialized sets. `pthread_sigmask` initializes `previous` if it returns zero.
            // All pointers are of local variables.
            let previous = unsafe {
                libc::sigfillset(blocked.as_mut_ptr());
                for fault in FAULTS {
                    libc::sigdelset(blocked.as_mut_ptr(), fault);
                }
                let result =
                    libc::pthread_sigmask(libc::SIG_BLOCK, blocked.as_ptr(), previous.as_mut_ptr());
                (result == 0).then(|| previous.assume_init())
            };
            Self { previous }
        }
    }

    impl Drop for BlockedSignals {
        fn drop(&mut self) {
            if let Some(previous) = &self.previous {
                // SAFETY: the set is initialized, and the old mask is not wanted.
                unsafe {
                    libc::pthread_sigmask(
                        libc::SIG_SETMASK,
                        ptr::from_ref(previous),
                        ptr::null_mut(),
                    );
                }
            }
        }
    }
}
