//! The extension trait that carries the current scope into spawned work.
//!
//! One method serves closures and futures. The trait has a marker as its parameter, because two
//! implementations of a trait without parameter would overlap. The compiler infers the marker.

use std::future::Future;

use super::handle::{InScope, current_event};

/// Carries the current scope into a closure or a future that runs on another thread or in a task.
///
/// `work.in_current_event()` takes a handle of the scope that is current now, and returns `work`
/// under that [handle](crate::EventHandle): the scope is the parent of the scopes that start in the
/// work. Without a current scope, they have no parent. The [`local`](crate::local) listeners of
/// this thread receive these scopes, so a test also records the work that it spawns.
///
/// * For a closure without arguments, the method returns such a closure.
/// * For a future, it returns a future, [`InScope`].
///
/// Both need no allocation, and are `Send` if the work is. [`EventHandle::run`] and
/// [`EventHandle::run_future`] do the same for another scope than the current one, and for closures
/// with arguments.
///
/// The returned closure can be called once, even if `work` can be called more often. For such a
/// closure, take a handle first: `let here = current_event();`, then `move || here.run(&mut work)`.
///
/// [`EventHandle::run`]: crate::EventHandle::run
/// [`EventHandle::run_future`]: crate::EventHandle::run_future
///
/// # Examples
///
/// ```
/// use event_core::{InCurrentEvent, install_recorder, trigger_event};
///
/// let recorder = install_recorder("docs:in_current*");
/// trigger_event("docs:in_current_outer", (), || {
///     let work = || trigger_event("docs:in_current_inner", (), || {});
///     std::thread::spawn(work.in_current_event()).join().unwrap();
/// });
/// let buffer = recorder.buffer();
/// assert_eq!(buffer[1].1.parent(), Some(buffer[0].1.id()));
/// ```
///
/// A closure that is called more than once:
///
/// ```
/// use event_core::{current_event, local, trigger_event};
///
/// fn twice(mut work: impl FnMut()) {
///     work();
///     work();
/// }
///
/// let recorder = local::install_recorder("docs:in_current_twice*");
/// trigger_event("docs:in_current_twice", (), || {
///     let mut calls = 0;
///     let mut work = || trigger_event("docs:in_current_twice_work", (), || calls += 1);
///     let here = current_event();
///     twice(move || here.run(&mut work));
/// });
/// assert_eq!(recorder.calls().len(), 3);
/// ```
///
/// With tokio and rayon, whose `spawn` and `join` take the same closures and futures:
///
/// ```
/// # // Stand-ins: this crate does not depend on tokio or rayon. `tests/spawned_work.rs` has both.
/// # mod tokio {
/// #     pub fn spawn<R: Send + 'static>(task: impl Future<Output = R> + Send + 'static) {
/// #         let mut task = Box::pin(task);
/// #         std::thread::spawn(move || {
/// #             let mut context = std::task::Context::from_waker(std::task::Waker::noop());
/// #             assert!(task.as_mut().poll(&mut context).is_ready());
/// #         }).join().unwrap();
/// #     }
/// # }
/// # mod rayon {
/// #     pub fn join<A: Send, B: Send>(
/// #         a: impl FnOnce() -> A + Send,
/// #         b: impl FnOnce() -> B + Send,
/// #     ) -> (A, B) {
/// #         std::thread::scope(|scope| {
/// #             let a = scope.spawn(a);
/// #             let b = b();
/// #             (a.join().unwrap(), b)
/// #         })
/// #     }
/// # }
/// use event_core::{InCurrentEvent, install_recorder, trigger_event};
///
/// async fn task() {
///     trigger_event("docs:spawned_task", (), || {});
/// }
///
/// fn half(n: u32) -> u32 {
///     trigger_event("docs:spawned_half", (), || n / 2)
/// }
///
/// let recorder = install_recorder("docs:spawned*");
/// trigger_event("docs:spawned", (), || {
///     tokio::spawn(task().in_current_event());
///     let left = || half(6);
///     let right = || half(8);
///     assert_eq!(rayon::join(left.in_current_event(), right.in_current_event()), (3, 4));
/// });
/// let events: Vec<_> = recorder.buffer().into_iter().map(|(_, event)| event).collect();
/// let inside = events.iter().filter(|event| event.parent() == Some(events[0].id()));
/// assert_eq!(inside.count(), 6);
/// ```
pub trait InCurrentEvent<Marker>: Sized {
    /// Returns this closure or future under the scope that is current now.
    #[must_use = "the work does nothing unless it is called or polled"]
    fn in_current_event(self) -> impl Sized;
}

/// Marks the implementation for closures.
#[derive(Debug)]
pub enum OfClosure {}

/// Marks the implementation for futures.
#[derive(Debug)]
pub enum OfFuture {}

#[allow(
    refining_impl_trait_reachable,
    reason = "callers depend on the returned closure and future"
)]
const _: () = {
    impl<R, F: FnOnce() -> R> InCurrentEvent<OfClosure> for F {
        fn in_current_event(self) -> impl FnOnce() -> R {
            let here = current_event();
            move || here.run(self)
        }
    }

    impl<F: Future> InCurrentEvent<OfFuture> for F {
        fn in_current_event(self) -> InScope<F> {
            current_event().run_future(self)
        }
    }
};
