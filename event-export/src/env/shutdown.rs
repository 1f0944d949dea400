//! The end of the process: exports that are still running are ended, so that they write the rest.
//!
//! A return from `main` drops what `main` holds, and a panic of `main` too; `std::process::exit` drops nothing, nor
//! does a panic that aborts. For these the exports are known here.

use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError, Weak};

use crate::env::Exporters;

/// Exports that run until this is dropped, or the process ends.
pub(crate) struct Running(Arc<Mutex<Exporters>>);

static RUNNING: Mutex<Vec<Weak<Mutex<Exporters>>>> = Mutex::new(Vec::new());

/// Has `exporters` end with the process; none, where there are none.
pub(crate) fn watch(exporters: Exporters) -> Option<Running> {
    static ONCE: Once = Once::new();
    if exporters.is_empty() {
        return None;
    }
    ONCE.call_once(register);
    let exporters = Arc::new(Mutex::new(exporters));
    let mut running = lock(&RUNNING);
    running.retain(|exporters| exporters.strong_count() > 0);
    running.push(Arc::downgrade(&exporters));
    Some(Running(exporters))
}

impl Running {
    /// Calls `look` with the exporters: none, once the process ends.
    pub(crate) fn each<R>(&self, look: impl FnOnce(&Exporters) -> R) -> R {
        look(&lock(&self.0))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        end(&self.0);
    }
}

/// Ends all exporters: each is uninstalled and writes the rest. Who comes second waits until all have.
fn end(exporters: &Mutex<Exporters>) {
    for exporter in lock(exporters).drain(..) {
        exporter.uninstall().finish();
    }
}

extern "C" fn end_all() {
    // A panic here would abort the process, which is ending anyhow.
    let _ = std::panic::catch_unwind(|| {
        let running = std::mem::take(&mut *lock(&RUNNING));
        for exporters in running.iter().filter_map(Weak::upgrade) {
            end(&exporters);
        }
    });
}

fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn register() {
    #[cfg(any(unix, windows))]
    #[expect(
        unsafe_code,
        reason = "the standard library has no way to be called at exit"
    )]
    // SAFETY: `atexit` (C11, 7.22.4.2) asks for a function without arguments or result that stays there, which one
    // with a static address does, and that does not unwind, as it catches everything. It only touches statics of
    // this crate that have no destructor, and the standard library's stderr and files, which stay usable.
    unsafe {
        libc::atexit(end_all);
    }
    if cfg!(panic = "abort") {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            before(panic);
            end_all();
        }));
    }
}
