//! The thread-locals of a model's threads, and their destructors.

use std::cell::RefCell;
use std::collections::HashMap;
use std::mem::needs_drop;
use std::rc::Rc;

/// A thread-local of one thread of an execution.
#[derive(Clone)]
enum Local {
    Value(Rc<dyn std::any::Any>),
    Gone,
}

std::thread_local! {
    /// The thread-locals of this execution's threads, which all run on one thread of the system.
    static LOCALS: RefCell<HashMap<(usize, usize), Local>> = RefCell::default();
}

/// The order in which thread-locals with a destructor were first used, and how to drop them.
type Destructors = RefCell<Vec<usize>>;

loom::thread_local! {
    static THREAD: std::cell::Cell<usize> = std::cell::Cell::new(0);
    static DESTRUCTORS: Destructors = RefCell::new(Vec::new());
}

#[derive(Debug)]
pub(crate) struct AccessError;

/// As the standard library's: what has no destructor lives until the thread is gone.
pub(crate) struct LocalKey<T: 'static>(fn() -> T);

impl<T> LocalKey<T> {
    pub(crate) const fn new(make: fn() -> T) -> Self {
        Self(make)
    }

    fn key(&'static self) -> (usize, usize) {
        let address = std::ptr::from_ref(self).addr();
        (THREAD.with(std::cell::Cell::get), address)
    }

    pub(crate) fn try_with<R>(&'static self, f: impl FnOnce(&T) -> R) -> Result<R, AccessError> {
        let key = self.key();
        let local = LOCALS.with_borrow(|locals| locals.get(&key).cloned());
        let value = match local {
            Some(Local::Gone) => return Err(AccessError),
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
        Ok(f(value.downcast_ref().expect("it has this type")))
    }

    pub(crate) fn with<R>(&'static self, f: impl FnOnce(&T) -> R) -> R {
        self.try_with(f).expect("the thread-local is there")
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

/// Forgets those of the execution before.
pub(crate) fn forget() {
    LOCALS.with_borrow_mut(HashMap::clear);
}

macro_rules! locals {
    ($($(#[$attribute:meta])* $visibility:vis static $name:ident: $T:ty = $first:expr;)*) => { $(
        $(#[$attribute])*
        $visibility static $name: $crate::sync::loom::thread_local::LocalKey<$T> = $crate::sync::loom::thread_local::LocalKey::new(|| $first);
    )* };
}
pub(crate) use locals as thread_local;

/// Runs `body` as a thread with number `thread`, and then the destructors of its thread-locals, the
/// last first.
pub(crate) fn run(thread: usize, body: impl FnOnce()) {
    THREAD.with(|cell| cell.set(thread));
    body();
    while let Some(address) = DESTRUCTORS.with(|keys| keys.borrow_mut().pop()) {
        let key = (thread, address);
        let local = LOCALS.with_borrow_mut(|locals| locals.insert(key, Local::Gone));
        drop(local);
    }
}
