//! What each thread knows of the stacks, and adds to them.
//!
//! Threads have lanes of their own, so that they do not wait for each other; only a stack that a lane has not met
//! is looked up in the tree that they share.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};

use event_core::{Event, Site, ThreadId};

use super::frame_name;
use super::stacks::{Stack, Stacks, add_to};
use crate::host::thread;
use crate::profile::names;

const LANES: u64 = 64;

/// A lane remembers no more than this of where things are, and then begins anew.
const MOST_KNOWN: usize = 1 << 13;

#[derive(Debug)]
pub(super) struct Lanes {
    lanes: Box<[Apart]>,
    shared: Mutex<Shared>,
}

/// On cache lines of its own.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Apart(Mutex<Lane>);

#[derive(Debug, Default)]
struct Shared {
    stacks: Stacks,
    /// Threads' frames, where they are drawn apart: as many as find room.
    threads: HashMap<ThreadId, Stack>,
    /// How many of them have each name.
    named: HashMap<String, u32>,
}

#[derive(Debug, Default)]
struct Lane {
    known: HashMap<Key, Stack, BuildHasherDefault<Mixer>>,
    /// Names that are no functions, numbered.
    names: HashMap<Box<str>, u64>,
    next_name: u64,
    /// What has been added, by stack.
    numbers: Vec<u64>,
}

/// A stack by its caller and what is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Key {
    caller: Stack,
    called: Called,
}

/// What is called, by what is the same at the next call: where a static stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Called {
    Function(usize),
    Kind(usize),
    /// A kind, and a name's number.
    Named(usize, u64),
    /// Not called: the caller's frames under this thread.
    On(ThreadId),
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let called = match self.called {
            Called::Function(place) | Called::Kind(place) => place as u64,
            Called::Named(place, name) => (place as u64).rotate_left(32) ^ name,
            Called::On(thread) => !thread.as_u64(),
        };
        state.write_u64(called ^ (u64::from(self.caller.number()) << 48));
        state.write_u64(u64::from(self.caller.number()));
    }
}

impl Default for Lanes {
    fn default() -> Self {
        Self {
            lanes: (0..LANES).map(|_| Apart::default()).collect(),
            shared: Mutex::default(),
        }
    }
}

impl Lanes {
    /// The stack of what the START is of, with `number` added to it.
    pub(super) fn start(&self, event: &Event<'_>, caller: Caller, number: u64) -> Stack {
        let lane = &mut *self.lane(event.thread());
        let caller = match caller {
            Caller::Here(stack) => stack,
            Caller::Elsewhere(stack) => lane.on_this_thread(&self.shared, stack, event.thread()),
        };
        let stack = lane.child(&self.shared, caller, event);
        if number > 0 {
            add_to(&mut lane.numbers, stack, number);
        }
        stack
    }

    /// Adds `number` to the stack's.
    pub(super) fn add(&self, thread: ThreadId, stack: Stack, number: u64) {
        add_to(&mut self.lane(thread).numbers, stack, number);
    }

    /// What all threads have added.
    pub(super) fn numbers(&self) -> Vec<u64> {
        let mut sums = Vec::new();
        for lane in &self.lanes {
            let lane = lock(&lane.0);
            if sums.len() < lane.numbers.len() {
                sums.resize(lane.numbers.len(), 0);
            }
            for (sum, number) in sums.iter_mut().zip(&lane.numbers) {
                *sum = u64::saturating_add(*sum, *number);
            }
        }
        sums
    }

    /// The stacks as they are now.
    pub(super) fn stacks(&self) -> Stacks {
        lock(&self.shared).stacks.clone()
    }

    /// Adds stacks of another run, which take no room from those of this one.
    pub(super) fn read(&self, folded: &str) -> Result<Vec<u64>, String> {
        let stacks = &mut lock(&self.shared).stacks;
        let numbers = stacks.read(folded)?;
        stacks.make_room();
        Ok(numbers)
    }

    fn lane(&self, thread: ThreadId) -> MutexGuard<'_, Lane> {
        let lane = usize::try_from(thread.as_u64() % LANES).unwrap_or(0);
        lock(&self.lanes[lane].0)
    }
}

/// Who called.
#[derive(Clone, Copy, Debug)]
pub(super) enum Caller {
    /// What has this stack.
    Here(Stack),
    /// What has this stack, which is drawn under another thread, or no thread yet.
    Elsewhere(Stack),
}

impl Lane {
    fn child(&mut self, shared: &Mutex<Shared>, caller: Stack, event: &Event<'_>) -> Stack {
        let key = Key {
            caller,
            called: self.called(event),
        };
        if let Some(stack) = self.known.get(&key) {
            return *stack;
        }
        let stack = lock(shared).stacks.child(caller, &frame(event));
        self.remember(key, stack);
        stack
    }

    fn called(&mut self, event: &Event<'_>) -> Called {
        let kind = event.kind().as_str();
        let place = kind.as_ptr() as usize;
        match event.site() {
            Some(site) if !kind.starts_with("numba:") => {
                Called::Function(std::ptr::from_ref::<Site>(site) as usize)
            }
            _ => match &*names::function(event) {
                name if name == kind => Called::Kind(place),
                name => Called::Named(place, self.number_of(name)),
            },
        }
    }

    fn number_of(&mut self, name: &str) -> u64 {
        let (name, _) = frame_name::cut(name);
        if let Some(number) = self.names.get(name) {
            return *number;
        }
        if self.names.len() >= MOST_KNOWN {
            self.names.clear();
            self.known.clear(); // which has their numbers
        }
        self.next_name += 1;
        self.names.insert(name.into(), self.next_name);
        self.next_name
    }

    /// The same frames as `stack`'s under the thread, which is the current one.
    fn on_this_thread(&mut self, shared: &Mutex<Shared>, stack: Stack, thread: ThreadId) -> Stack {
        let key = Key {
            caller: stack,
            called: Called::On(thread),
        };
        if let Some(stack) = self.known.get(&key) {
            return *stack;
        }
        let moved = {
            let mut shared = lock(shared);
            let root = shared.thread(thread);
            shared.stacks.moved(stack, root)
        };
        self.remember(key, moved);
        moved
    }

    fn remember(&mut self, key: Key, stack: Stack) {
        if self.known.len() >= MOST_KNOWN {
            self.known.clear();
        }
        self.known.insert(key, stack);
    }
}

impl Shared {
    /// The frame of the thread, which is the current one.
    fn thread(&mut self, thread: ThreadId) -> Stack {
        if let Some(stack) = self.threads.get(&thread) {
            return *stack;
        }
        if self.stacks.is_full() {
            return self.stacks.others(Stack::EMPTY);
        }
        let name = thread::name().filter(|name| !name.is_empty());
        let name = name.unwrap_or_else(|| "unnamed thread".to_owned());
        let count = self.named.entry(name.clone()).or_default();
        *count += 1;
        let (name, mark) = frame_name::cut(&name);
        let frame = match *count {
            1 => format!("{name}{mark}"),
            count => format!("{name}{mark} ({count})"),
        };
        let stack = self
            .stacks
            .child(Stack::EMPTY, &frame_name::escaped(&frame));
        self.threads.insert(thread, stack);
        stack
    }
}

/// What the event's frame is called: the function, or what the event says it is, and the kind.
fn frame(event: &Event<'_>) -> String {
    let kind = event.kind().as_str();
    let (name, mark) = match &*names::function(event) {
        name if name == kind => return frame_name::escaped(kind).into_owned(),
        name => {
            let (name, mark) = frame_name::cut(name);
            (name.to_owned(), mark)
        }
    };
    frame_name::escaped(&format!("{name}{mark} [{kind}]")).into_owned()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Mixes keys that are addresses and small numbers.
#[derive(Debug, Default)]
struct Mixer(u64);

impl Hasher for Mixer {
    fn write_u64(&mut self, number: u64) {
        // By 2^64 divided by the golden ratio; the upper half of the product, which depends on all bits, is kept too.
        let product = u128::from(self.0.rotate_left(5) ^ number) * 0x9E37_79B9_7F4A_7C15;
        #[expect(clippy::cast_possible_truncation, reason = "the halves")]
        let (low, high) = (product as u64, (product >> 64) as u64);
        self.0 = low ^ high;
    }

    fn write(&mut self, _: &[u8]) {}

    fn finish(&self) -> u64 {
        self.0
    }
}
