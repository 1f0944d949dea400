//! What the frames of a flame graph are called, each once.

use std::collections::{HashMap, HashSet};

use event_core::{Event, Kind, ThreadId};

use crate::stacks::OTHERS;
use crate::{names, thread};

/// How many there are at the most, so that names that programs make up do not fill the memory.
const MOST: usize = 20_000;

#[derive(Debug, Default)]
pub(super) struct Frames {
    names: Vec<String>,
    /// By the address of the site: what is called by its function.
    sites: HashMap<usize, u32>,
    named: HashMap<Kind, HashMap<Box<str>, u32>>,
    threads: HashMap<ThreadId, u32>,
    thread_names: HashSet<String>,
}

impl Frames {
    /// The row of the event's function.
    pub(super) fn of(&mut self, event: &Event<'_>) -> u32 {
        if let Some(site) = event.site().filter(|_| names::is_of_site(event)) {
            let address = std::ptr::from_ref(site).addr();
            if let Some(row) = self.sites.get(&address) {
                return *row;
            }
            // Two copies of one generic function are one frame.
            let row = self.of_name(event.kind(), site.function());
            self.sites.insert(address, row);
            return row;
        }
        self.of_name(event.kind(), &names::function(event))
    }

    fn of_name(&mut self, kind: Kind, name: &str) -> u32 {
        if let Some(row) = self.named.get(&kind).and_then(|rows| rows.get(name)) {
            return *row;
        }
        // A number at the end would be taken for a count.
        let has_count =
            |kind: &str| kind.ends_with(|last: char| last.is_ascii_digit() || last == '.');
        let frame = match kind.as_str() {
            kind if name != kind => format!("{name} [{kind}]"),
            kind if has_count(kind) && kind.contains(' ') => format!("[{kind}]"),
            kind => kind.to_owned(),
        };
        let row = self.add(&frame);
        if row != OTHERS {
            self.named.entry(kind).or_default().insert(name.into(), row);
        }
        row
    }

    /// The row of the current thread.
    pub(super) fn of_thread(&mut self, id: ThreadId) -> u32 {
        if let Some(row) = self.threads.get(&id) {
            return *row;
        }
        let tid = thread::system_id();
        let name = thread::name().filter(|name| !name.trim().is_empty());
        let mut name = name.unwrap_or_else(|| format!("thread {tid}"));
        if !self.thread_names.insert(name.clone()) {
            name = format!("{name} ({tid})");
        }
        let row = self.add(&name);
        if row != OTHERS {
            self.threads.insert(id, row);
        }
        row
    }

    fn add(&mut self, name: &str) -> u32 {
        if self.names.len() >= MOST {
            return OTHERS;
        }
        // Those who read stacks leave out spaces around them, and then miss the alphabetical order.
        let name = printable(name).replace(';', ":").trim().to_owned();
        self.names.push(name);
        u32::try_from(self.names.len() - 1).unwrap_or(OTHERS)
    }

    /// The names by their rows.
    pub(super) fn to_vec(&self) -> Vec<String> {
        self.names.clone()
    }
}

/// `text` without what may not be in a line, or in XML.
pub(super) fn printable(text: &str) -> String {
    text.replace(
        |letter: char| letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}'),
        " ",
    )
}
