//! The current scope after entries and exits in random order, compared with a model.
//!
//! The model keeps every entered scope in a list.

mod support;

use std::collections::VecDeque;
use std::pin::pin;

use event_core::{
    EnteredEvent, EventGuard, EventHandle, EventId, OpenEvent, current_event, enter_event, local,
    open_event, trigger_event,
};
use support::{poll_once, yield_times};

fn current() -> Option<EventId> {
    current_event().id()
}

#[derive(Clone, Copy, PartialEq)]
enum EntryKind {
    Call,
    Guard,
    Entered,
}

/// The entries, the innermost last. Each has a number, a kind and the id of its scope.
#[derive(Default)]
struct Model {
    stack: Vec<(u32, EntryKind, Option<EventId>)>,
    last_number: u32,
}

impl Model {
    fn push(&mut self, kind: EntryKind, id: Option<EventId>) -> u32 {
        self.last_number += 1;
        self.stack.push((self.last_number, kind, id));
        self.last_number
    }

    fn remove(&mut self, number: u32) {
        self.stack.retain(|(known, ..)| *known != number);
    }

    /// Ends a call. Of the entries that began inside it, only those of handles stay.
    fn end_call(&mut self, number: u32) {
        self.stack.retain(|(known, kind, _)| {
            *known < number || (*known > number && *kind == EntryKind::Entered)
        });
    }

    fn current(&self) -> Option<EventId> {
        self.stack.last().and_then(|(_, _, id)| *id)
    }
}

/// Pseudo-random steps, from a linear congruential generator.
///
/// Its constants are from <https://nuclear.llnl.gov/CNP/rng/rngman/node4.html>.
struct Steps {
    state: u64,
    model: Model,
    open: Vec<OpenEvent>,
    entered: Vec<(u32, EnteredEvent)>,
    guards: Vec<(u32, EventGuard)>,
}

impl Steps {
    fn random(&mut self, below: usize) -> usize {
        self.state = self
            .state
            .wrapping_mul(2_862_933_555_777_941_757)
            .wrapping_add(3_037_000_493);
        usize::try_from(self.state >> 33).unwrap() % below
    }

    fn walk(&mut self, depth: u32) {
        for _ in 0..self.random(12) {
            match self.random(if depth < 5 { 7 } else { 4 }) {
                0 if self.entered.len() < 8 => {
                    let place = self.random(self.open.len());
                    let handle = self.open[place].handle();
                    let entered = handle.enter();
                    let number = self.model.push(EntryKind::Entered, handle.id());
                    self.entered.push((number, entered));
                }
                0 | 1 if !self.entered.is_empty() => {
                    let place = self.random(self.entered.len());
                    let (number, entered) = self.entered.remove(place);
                    drop(entered);
                    self.model.remove(number);
                }
                2 if self.guards.len() < 8 => {
                    let guard = enter_event("current:guard", ());
                    let number = self.model.push(EntryKind::Guard, current());
                    self.guards.push((number, guard));
                }
                2 | 3 if !self.guards.is_empty() => {
                    let place = self.random(self.guards.len());
                    let (number, guard) = self.guards.remove(place);
                    drop(guard);
                    self.model.remove(number);
                }
                4 | 5 => {
                    let number = trigger_event("current:call", (), || {
                        let number = self.model.push(EntryKind::Call, current());
                        self.walk(depth + 1);
                        number
                    });
                    self.model.end_call(number);
                }
                6 => {
                    // A fresh scope, which no other entry uses.
                    let open = open_event("current:run", ());
                    let number = open.handle().run(|| {
                        let number = self.model.push(EntryKind::Call, open.id());
                        self.walk(depth + 1);
                        number
                    });
                    self.model.end_call(number);
                }
                _ => {}
            }
            assert_eq!(current(), self.model.current());
        }
    }
}

#[test]
fn current_is_innermost_after_out_of_order_exit() {
    let _recorder = local::install_recorder("current:*");
    for seed in 0..200 {
        let open = (0..3).map(|_| open_event("current:open", ()));
        let mut steps = Steps {
            state: seed,
            model: Model::default(),
            open: open.collect(),
            entered: Vec::new(),
            guards: Vec::new(),
        };
        for _ in 0..8 {
            steps.walk(0);
        }
        while let Some((number, entered)) = steps.entered.pop() {
            drop(entered);
            steps.model.remove(number);
            assert_eq!(current(), steps.model.current());
        }
        drop(steps.guards);
        assert_eq!(current(), None);
    }
}

#[test]
fn many_first_in_first_out_exits_leave_nothing_current() {
    let _recorder = local::install_recorder("current:many*");
    let open: Vec<_> = (0..5_000).map(|_| open_event("current:many", ())).collect();
    let mut entered: VecDeque<_> = open.iter().map(|open| open.handle().enter()).collect();
    let last = open.last().unwrap().id();
    while let Some(first) = entered.pop_front() {
        assert_eq!(current(), last);
        drop(first);
    }
    assert_eq!(current(), None);

    let mut guards: VecDeque<_> = (0..5_000)
        .map(|_| enter_event("current:many", ()))
        .collect();
    while let Some(first) = guards.pop_front() {
        assert!(current().is_some());
        drop(first);
    }
    assert_eq!(current(), None);
}

#[test]
fn scope_entered_twice_is_current_until_both_exits() {
    let _recorder = local::install_recorder("current:twice");
    let open = open_event("current:twice", ());
    let first = open.handle().enter();
    let second = open.handle().enter();
    drop(first);
    assert_eq!(current(), open.id());
    drop(second);
    assert_eq!(current(), None);
}

#[test]
fn one_callback_can_enter_and_another_exit() {
    #[trigger_event("current:callback")]
    fn on_enter(handle: EventHandle) -> EnteredEvent {
        handle.enter()
    }
    #[trigger_event("current:callback")]
    fn on_exit(entered: EnteredEvent) {
        drop(entered);
    }
    let _recorder = local::install_recorder("current:*");
    let [outer, inner] = [(); 2].map(|()| open_event("current:open", ()));
    let in_outer = on_enter(outer.handle());
    assert_eq!(current(), outer.id());
    let in_inner = outer.handle().run(|| on_enter(inner.handle()));
    assert_eq!(current(), inner.id());
    on_exit(in_outer);
    assert_eq!(current(), inner.id());
    on_exit(in_inner);
    assert_eq!(current(), None);
}

#[test]
fn handle_entered_in_a_poll_is_not_current_outside_the_poll() {
    #[trigger_event("current:future")]
    async fn holds(handle: EventHandle) {
        let entered = handle.enter();
        yield_times(1).await;
        drop(entered);
    }
    let _recorder = local::install_recorder("current:*");
    let open = open_event("current:open", ());
    let mut future = pin!(holds(open.handle()));
    assert!(poll_once(future.as_mut()).is_pending());
    assert_eq!(current(), None);
    let in_open = open.handle().enter();
    assert!(poll_once(future.as_mut()).is_ready());
    assert_eq!(current(), open.id());
    drop(in_open);
    assert_eq!(current(), None);
}
