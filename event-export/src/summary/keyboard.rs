//! Single keys from the terminal, without Enter and without an echo.
//!
//! The keys that send signals (Ctrl-C, Ctrl-\, Ctrl-Z) arrive as input, too. The terminal is
//! restored first, then the signal is sent to the whole foreground group, as the terminal does.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Signal, getpgrp, kill_current_process_group};
use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr,
};

/// The modes that are off while keys are read.
const MODES: LocalModes = LocalModes::ICANON
    .union(LocalModes::ECHO)
    .union(LocalModes::ISIG);

/// The terminal, which is restored when this is dropped.
#[derive(Debug)]
pub(super) struct Keyboard {
    /// A description of its own, so that not blocking does not affect the program's stdin.
    terminal: File,
    /// The attributes to restore, if they are changed.
    saved: Option<Termios>,
}

impl Keyboard {
    /// Opens the terminal of this process, if stdin is one.
    pub(super) fn open() -> Option<Self> {
        if !io::stdin().is_terminal() {
            return None;
        }
        let terminal = File::options()
            .read(true)
            .write(true)
            .custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY)
            .open("/dev/tty");
        Some(Self {
            terminal: terminal.ok()?,
            saved: None,
        })
    }

    /// Returns whether this process is in the foreground of the terminal. Only then it may change
    /// the terminal; otherwise it would be stopped.
    pub(super) fn is_in_foreground(&self) -> bool {
        tcgetpgrp(&self.terminal).is_ok_and(|group| group == getpgrp())
    }

    /// Waits for input. Returns nothing if there is none in time. `restore` is called before a
    /// signal is sent.
    pub(super) fn read(&mut self, timeout: Duration, restore: impl FnOnce()) -> String {
        if !self.is_in_foreground() {
            std::thread::sleep(timeout);
            return String::new();
        }
        self.change_modes();
        let timeout = Timespec::try_from(timeout).ok();
        let mut terminal = [PollFd::new(&self.terminal, PollFlags::IN)];
        let _ = poll(&mut terminal, timeout.as_ref());
        let mut bytes = [0; 256];
        // Also after a timeout: a key may have been pressed since. The read does not block.
        let length = (&self.terminal).read(&mut bytes).unwrap_or_default();
        let input = &bytes[..length];
        let signal = self.saved.as_ref().and_then(|saved| {
            let signals = [
                (SpecialCodeIndex::VINTR, Signal::INT),
                (SpecialCodeIndex::VQUIT, Signal::QUIT),
                (SpecialCodeIndex::VSUSP, Signal::TSTP),
            ];
            let mut signals = signals.into_iter();
            let is_input = |code| input.contains(&saved.special_codes[code]);
            signals.find(|(code, _)| is_input(*code))
        });
        if let Some((_, signal)) = signal {
            restore();
            self.restore();
            let _ = kill_current_process_group(signal);
            return String::new();
        }
        String::from_utf8_lossy(input).into_owned()
    }

    /// Changes the modes, unless they are changed: a shell restores them when it continues a job.
    fn change_modes(&mut self) {
        let Ok(mut attributes) = tcgetattr(&self.terminal) else {
            return;
        };
        if !attributes.local_modes.intersects(MODES) {
            return;
        }
        let saved = attributes.clone();
        attributes.local_modes.remove(MODES);
        if tcsetattr(&self.terminal, OptionalActions::Now, &attributes).is_ok() {
            self.saved = Some(saved);
        }
    }

    fn restore(&mut self) {
        if let Some(saved) = self.saved.take().filter(|_| self.is_in_foreground()) {
            let _ = tcsetattr(&self.terminal, OptionalActions::Now, &saved);
        }
    }
}

impl Drop for Keyboard {
    fn drop(&mut self) {
        self.restore();
    }
}
