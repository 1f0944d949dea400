//! Writes the metrics into a file at an interval, for the textfile collector of `node_exporter`.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use super::calls::Calls;
use super::text::TextFormat;
use crate::host::worker;
use crate::io::output_file::OutputFile;
use crate::io::warn::WarnOnce;

/// A file that is replaced at an interval until this is dropped.
#[derive(Debug)]
pub(super) struct MetricsFile {
    file: Arc<OutputFile>,
    calls: Arc<Calls>,
    /// The thread ends when the sender is dropped.
    running: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl MetricsFile {
    pub(super) fn start(
        file: OutputFile,
        interval: Duration,
        calls: Arc<Calls>,
    ) -> io::Result<Self> {
        let file = Arc::new(file);
        let (running, is_running) = channel::<()>();
        let (written, counted) = (Arc::clone(&file), Arc::clone(&calls));
        let thread = worker::spawn("event-export metrics", move || {
            let failures = WarnOnce::default();
            while is_running.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
                if let Err(error) = write(&written, &counted) {
                    failures.warn(error);
                }
            }
        })?;
        Ok(Self {
            file,
            calls,
            running: Some(running),
            thread: Some(thread),
        })
    }

    /// Writes the file now.
    pub(super) fn write(&self) -> io::Result<()> {
        write(&self.file, &self.calls)
    }

    /// Waits until the thread has ended.
    pub(super) fn stop(&mut self) {
        drop(self.running.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }

    /// Forgets the thread, which a forked process does not have.
    pub(super) fn forget_thread(&mut self) {
        std::mem::forget((self.running.take(), self.thread.take()));
    }
}

impl Drop for MetricsFile {
    fn drop(&mut self) {
        self.stop();
    }
}

fn write(file: &OutputFile, calls: &Calls) -> io::Result<()> {
    let text = calls.snapshot().into_text(TextFormat::Prometheus);
    file.write(|file| file.write_all(text.as_bytes()))
}
