//! The stacks and totals of all threads.
//!
//! Each thread caches the stacks of its recent calls of functions. Larger caches are split by
//! thread, so that threads rarely wait for each other. Only a stack that is in neither is looked up
//! in the tree that all threads share.

use std::cell::Cell;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::ptr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use event_core::__private::LockGuard;
use event_core::{Event, Site, ThreadId};

use super::folded;
use super::frame_name::{self, MAX_NAME_BYTES};
use super::frame_tree::{Frame, FrameTree, StackTotals};
use crate::host::thread;
use crate::profile::call_tree::NodeId;
use crate::profile::names::{self, Identity};
use crate::profile::truncate;
use crate::sync::{Sharded, lock};

const SHARDS: usize = 64;

/// A cache with more entries is cleared.
const MAX_CACHED: usize = 1 << 13;

#[derive(Debug)]
pub(super) struct ThreadStacks {
    /// Distinguishes the entries of these stacks in the threads' caches.
    serial: u32,
    caches: Box<Sharded<StackCache, SHARDS>>,
    shared: Mutex<SharedStacks>,
}

impl Default for ThreadStacks {
    fn default() -> Self {
        // Relaxed: the numbers must only differ. Zero marks an empty cache entry.
        static NEXT_SERIAL: AtomicU32 = AtomicU32::new(1);
        Self {
            serial: NEXT_SERIAL.fetch_add(1, Ordering::Relaxed),
            caches: Box::default(),
            shared: Mutex::default(),
        }
    }
}

/// The stack of a recent call of a function.
#[derive(Clone, Copy)]
struct RecentCall {
    serial: u32,
    caller: NodeId,
    /// The address of the function's site.
    site: usize,
    stack: NodeId,
}

impl RecentCall {
    const EMPTY: Self = Self {
        serial: 0,
        caller: NodeId::ROOT,
        site: 0,
        stack: NodeId::ROOT,
    };
}

/// The number of recent calls that a thread caches.
const RECENT_CALLS: usize = 64;

thread_local! {
    static RECENT: [Cell<RecentCall>; RECENT_CALLS] =
        const { [const { Cell::new(RecentCall::EMPTY) }; RECENT_CALLS] };
}

#[derive(Debug, Default)]
struct SharedStacks {
    frames: FrameTree,
    /// The frames of threads, if these are drawn separately. Beyond the limit, threads have none.
    thread_frames: HashMap<ThreadId, NodeId>,
    /// How many of these threads have each name.
    name_counts: HashMap<String, u32>,
}

#[derive(Debug, Default)]
struct StackCache {
    stacks: HashMap<CacheKey, NodeId, BuildHasherDefault<KeyHasher>>,
    /// Numbers for the events' own names, for use in keys.
    name_numbers: HashMap<Box<str>, u64>,
    last_name_number: u64,
    totals: StackTotals,
}

/// The key of a stack in a cache: its caller, and what is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct CacheKey {
    caller: NodeId,
    called: Called,
}

/// The called site, name or kind, by the address of a static, which is the same in each call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Called {
    Site(usize),
    Kind(usize),
    /// A kind, and the number of the event's own name.
    Named(usize, u64),
    /// Not a call: the frames of the caller are moved under this thread.
    Thread(ThreadId),
}

impl Hash for CacheKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let called = match self.called {
            Called::Site(address) | Called::Kind(address) => address as u64,
            Called::Named(address, name) => (address as u64).rotate_left(32) ^ name,
            Called::Thread(thread) => !thread.as_u64(),
        };
        let stack = u64::from(self.caller.as_u32());
        state.write_u64(called ^ (stack << 48));
        state.write_u64(stack);
    }
}

/// The stack of a call's caller.
#[derive(Clone, Copy, Debug)]
pub(super) enum Caller {
    SameThread(NodeId),
    /// The stack is drawn under another thread, or under none yet.
    OtherThread(NodeId),
}

impl ThreadStacks {
    /// Returns the stack of a START, and adds `number` to it.
    #[inline]
    pub(super) fn start(&self, event: &Event<'_>, caller: Caller, number: u64) -> NodeId {
        let (Caller::SameThread(on), Some(site), 0) = (caller, event.site(), number) else {
            return self.start_uncached(event, caller, number);
        };
        let site = ptr::from_ref(site).addr();
        let slot = ((site / 16) ^ on.index() ^ self.serial as usize) % RECENT_CALLS;
        let known = RECENT.with(|recent| recent[slot].get());
        if known.serial == self.serial && known.site == site && known.caller == on {
            return known.stack;
        }
        let stack = self.start_uncached(event, caller, number);
        if event.site().is_some_and(names::is_function) {
            let call = RecentCall {
                serial: self.serial,
                caller: on,
                site,
                stack,
            };
            RECENT.with(|recent| recent[slot].set(call));
        }
        stack
    }

    #[cold]
    #[inline(never)]
    fn start_uncached(&self, event: &Event<'_>, caller: Caller, number: u64) -> NodeId {
        let cache = &mut *self.cache(event.thread());
        let caller = match caller {
            Caller::SameThread(stack) => stack,
            Caller::OtherThread(stack) => cache.on_this_thread(&self.shared, stack, event.thread()),
        };
        let stack = cache.child(&self.shared, caller, event);
        if number > 0 {
            cache.totals.add(stack, number);
        }
        stack
    }

    #[inline]
    pub(super) fn add(&self, thread: ThreadId, stack: NodeId, number: u64) {
        self.cache(thread).totals.add(stack, number);
    }

    /// Returns the sums of all threads' totals.
    pub(super) fn totals(&self) -> StackTotals {
        let mut sums = StackTotals::default();
        for cache in self.caches.iter() {
            sums.add_all(&cache.lock().totals);
        }
        sums
    }

    /// Returns a copy of all stacks.
    pub(super) fn frames(&self) -> FrameTree {
        lock(&self.shared).frames.clone()
    }

    /// Adds the stacks of another run. They do not count towards the limit of this run.
    pub(super) fn read(&self, folded: &str) -> Result<StackTotals, String> {
        let frames = &mut lock(&self.shared).frames;
        let totals = folded::read(frames, folded)?;
        frames.make_room();
        Ok(totals)
    }

    fn cache(&self, thread: ThreadId) -> LockGuard<'_, StackCache> {
        self.caches.of(thread.as_u64()).lock()
    }
}

impl StackCache {
    fn child(&mut self, shared: &Mutex<SharedStacks>, caller: NodeId, event: &Event<'_>) -> NodeId {
        let key = CacheKey {
            caller,
            called: self.called(event),
        };
        if let Some(stack) = self.stacks.get(&key) {
            return *stack;
        }
        let own;
        let frame = match Identity::of(event) {
            Identity::Site(site) => Frame::Site(site),
            Identity::Own(name) => {
                own = truncate::with_ellipsis(name, MAX_NAME_BYTES);
                Frame::Own(event.kind(), &own)
            }
            Identity::Kind => Frame::Own(event.kind(), event.kind().as_str()),
        };
        let stack = lock(shared).frames.child(caller, frame);
        self.remember(key, stack);
        stack
    }

    fn called(&mut self, event: &Event<'_>) -> Called {
        let kind_address = event.kind().as_str().as_ptr().addr();
        match Identity::of(event) {
            Identity::Site(site) => Called::Site(ptr::from_ref::<Site>(site).addr()),
            Identity::Own(name) => Called::Named(kind_address, self.number_of(&name)),
            Identity::Kind => Called::Kind(kind_address),
        }
    }

    fn number_of(&mut self, name: &str) -> u64 {
        let name = truncate::prefix(name, MAX_NAME_BYTES);
        if let Some(number) = self.name_numbers.get(name) {
            return *number;
        }
        if self.name_numbers.len() >= MAX_CACHED {
            self.name_numbers.clear();
            self.stacks.clear(); // its keys contain the numbers
        }
        self.last_name_number += 1;
        self.name_numbers.insert(name.into(), self.last_name_number);
        self.last_name_number
    }

    /// Returns the stack with the frames of `stack` under the current thread's frame.
    fn on_this_thread(
        &mut self,
        shared: &Mutex<SharedStacks>,
        stack: NodeId,
        thread: ThreadId,
    ) -> NodeId {
        let key = CacheKey {
            caller: stack,
            called: Called::Thread(thread),
        };
        if let Some(stack) = self.stacks.get(&key) {
            return *stack;
        }
        let moved = {
            let mut shared = lock(shared);
            let root = shared.thread_frame(thread);
            shared.frames.moved(stack, root)
        };
        self.remember(key, moved);
        moved
    }

    fn remember(&mut self, key: CacheKey, stack: NodeId) {
        if self.stacks.len() >= MAX_CACHED {
            self.stacks.clear();
        }
        self.stacks.insert(key, stack);
    }
}

impl SharedStacks {
    /// Returns the frame of the current thread.
    fn thread_frame(&mut self, thread: ThreadId) -> NodeId {
        if let Some(frame) = self.thread_frames.get(&thread) {
            return *frame;
        }
        if self.frames.is_full() {
            return self.frames.others(NodeId::ROOT);
        }
        let name = thread::name().filter(|name| !name.is_empty());
        let name = name.unwrap_or_else(|| "unnamed thread".to_owned());
        let short = truncate::with_ellipsis(&name, MAX_NAME_BYTES).into_owned();
        let count = self.name_counts.entry(name).or_default();
        *count += 1;
        let unique = match *count {
            1 => short,
            count => format!("{short} ({count})"),
        };
        let frame = self
            .frames
            .child(NodeId::ROOT, Frame::Named(&frame_name::escaped(&unique)));
        self.thread_frames.insert(thread, frame);
        frame
    }
}

/// A hasher for keys that are addresses and small numbers.
#[derive(Debug, Default)]
struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn write_u64(&mut self, number: u64) {
        // Multiplied by 2^64 divided by the golden ratio. The upper half of the product depends on
        // all bits of the number, so it is mixed in.
        let product = u128::from(self.0.rotate_left(5) ^ number) * 0x9E37_79B9_7F4A_7C15;
        #[expect(clippy::cast_possible_truncation, reason = "the two halves")]
        let mixed = product as u64 ^ (product >> 64) as u64;
        self.0 = mixed;
    }

    fn write(&mut self, _: &[u8]) {}

    fn finish(&self) -> u64 {
        self.0
    }
}
