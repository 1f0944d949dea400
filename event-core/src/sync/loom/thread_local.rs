//! The thread-locals of a model's threads, and their destructors.
//!
//! All threads of a model run on one thread of the system, so their thread-locals are in one map,
//! by the number of the model's thread.

use std::cell::RefCell;
use std::collections::HashMap;
use std::mem::needs_drop;
use std::rc::Rc;

/// A thread-local of one thread of an execution.
#[derive(Clone)]
enum Local {
    Value(Rc<dyn std::any::Any>),
    Dropped,
}

std::thread_local! {
    /// The thread-locals of this execution, by number of the thread and address of the key.
    static LOCALS: RefCell<HashMap<(usize, usize), Local>> = RefCell::default();
}

/// The addresses of the keys whose thread-locals have a destructor, in the order of their first
/// access.
type Destructors = RefCell<Vec<usize>>;

loom::thread_local! {
    static THREAD: std::cell::Cell<usize> = std::cell::Cell::new(0);
    static DESTRUCTORS: Destructors = RefCell::new(Vec::new());
}

#[derive(Debug)]
pub(crate) struct AccessError;

/// Replaces `std::thread::LocalKey`. A thread-local without a destructor lives until the execution
/// ends.
pub(crate) struct LocalKey<T: 'static>(fn() -> T);

impl<T> LocalKey<T> {
    pub(crate) const fn new(create: fn() -> T) -> Self {
        Self(create)
    }

    fn key(&'static self) -> (usize, usize) {
        let address = std::ptr::from_ref(self).addr();
        (THREAD.with(std::cell::Cell::get), address)
    }

    pub(crate) fn try_with<R>(&'static self, f: impl FnOnce(&T) -> R) -> Result<R, AccessError> {
        let key = self.key();
        let local = LOCALS.with_borrow(|locals| locals.get(&key).cloned());
        let value = match local {
            Some(Local::Dropped) => return Err(AccessError),
            Some(Local::Value(value)) => value,
            None => {
                let value: Rc<dyn std::any::Any> = Rc::new(self.0());
                let local = Local::Value(Rc::clone(&value));
                LOCALS.with_borrow_mut(|locals| locals.insert(key, local));
                if needs_drop::<T>() {
                    DESTRUCTORS.with(|keys| keys.borrow_mut().push(key.1));
                }
                value
            }
        };
        Ok(f(value
            .downcast_ref()
            .expect("the key of a thread-local determines its type")))
    }

    pub(crate) fn with<R>(&'static self, f: impl FnOnce(&T) -> R) -> R {
        self.try_with(f).expect("the thread-local is not dropped")
    }
}

impl<T> LocalKey<std::cell::Cell<T>> {
    pub(crate) fn set(&'static self, value: T) {
        self.with(|cell| cell.set(value));
    }

    pub(crate) fn get(&'static self) -> T
    where
        T: Copy,
    {
        self.with(std::cell::Cell::get)
    }

    pub(crate) fn take(&'static self) -> T
    where
        T: Default,
    {
        self.with(std::cell::Cell::take)
    }
}

/// Removes the thread-locals of the previous execution.
pub(crate) fn clear() {
    LOCALS.with_borrow_mut(HashMap::clear);
}

macro_rules! locals {
    ($($(#[$attribute:meta])* $visibility:vis static $name:ident: $T:ty = $first:expr;)*) => { $(
        $(#[$attribute])*
        $visibility static $name: $crate::sync::loom::thread_local::LocalKey<$T> = $crate::sync::loom::thread_local::LocalKey::new(|| $first);
    )* };
}
pub(crate) use locals as thread_local;

/// Runs `body` as the thread `thread`, then drops its thread-locals in reverse order of their first
/// access.
pub(crate) fn run(thread: usize, body: impl FnOnce()) {
    THREAD.with(|cell| cell.set(thread));
    body();
    while let Some(address) = DESTRUCTORS.with(|keys| keys.borrow_mut().pop()) {
        let key = (thread, address);
        let local = LOCALS.with_borrow_mut(|locals| locals.insert(key, Local::Dropped));
        drop(local);
    }
}
