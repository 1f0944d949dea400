//! The file of a report, parsed.

use std::path::{Path, PathBuf};

use event_core::{Installed, install_listener};
use event_export::Report;
use serde_json::Value;

/// Installs a report of `kind`, and returns the path of its file.
pub(crate) fn install(
    kind: &'static str,
    change: impl FnOnce(Report) -> Report,
) -> (PathBuf, Installed<Report>) {
    let path = path(kind);
    let report = install_listener(kind, change(Report::to_file(&path).unwrap()));
    (path, report)
}

pub(crate) fn path(kind: &str) -> PathBuf {
    let name: String = kind
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { '-' })
        .collect();
    std::env::temp_dir().join(format!("event-export-{}-{name}.html", std::process::id()))
}

/// The data that the script of the page receives.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) data: Value,
    starts: Vec<u64>,
}

/// Reads the file and deletes it.
pub(crate) fn read(path: &Path) -> Page {
    let text = std::fs::read_to_string(path).unwrap();
    std::fs::remove_file(path).unwrap();
    Page::new(&text)
}

impl Page {
    pub(crate) fn new(text: &str) -> Self {
        let (_, rest) = text.split_once(r#"id="data">"#).unwrap();
        let (data, _) = rest.split_once("</script>").unwrap();
        assert!(!data.contains('<'), "no value may end the script element");
        let data: Value = serde_json::from_str(data).unwrap();
        let steps = data["scopes"]["start"].as_array().unwrap();
        let starts = steps.iter().scan(0, |time, step| {
            *time += step.as_u64()?;
            Some(*time)
        });
        let starts = starts.collect();
        Self { data, starts }
    }

    /// Returns the number of drawn calls.
    pub(crate) fn len(&self) -> usize {
        self.starts.len()
    }

    pub(crate) fn number(&self, key: &str) -> u64 {
        self.data[key].as_u64().unwrap()
    }

    pub(crate) fn of_scope(&self, column: &str, scope: usize) -> i64 {
        self.data["scopes"][column][scope].as_i64().unwrap()
    }

    pub(crate) fn start(&self, scope: usize) -> u64 {
        self.starts[scope]
    }

    pub(crate) fn row_of(&self, scope: usize) -> &Value {
        &self.data["rows"][usize::try_from(self.of_scope("row", scope)).unwrap()]
    }

    pub(crate) fn name(&self, scope: usize) -> &str {
        self.row_of(scope)[1].as_str().unwrap()
    }

    /// Returns the indices of the drawn calls of a function.
    pub(crate) fn scopes(&self, name: &str) -> Vec<usize> {
        let all = 0..self.len();
        all.filter(|scope| self.name(*scope) == name).collect()
    }

    pub(crate) fn parent(&self, scope: usize) -> Option<usize> {
        let up = usize::try_from(self.of_scope("up", scope)).unwrap();
        (up > 0).then(|| scope - up)
    }

    /// Returns keys and values of the column `arguments` or `result`.
    pub(crate) fn texts(&self, column: &str, scope: usize) -> Vec<&str> {
        let number = usize::try_from(self.of_scope(column, scope)).unwrap();
        let texts = number
            .checked_sub(1)
            .map(|index| &self.data["texts"][index]);
        let texts = texts.and_then(Value::as_array).into_iter().flatten();
        texts.map(|text| text.as_str().unwrap()).collect()
    }

    pub(crate) fn thread(&self, scope: usize) -> &Value {
        &self.data["threads"][usize::try_from(self.of_scope("thread", scope)).unwrap()]
    }

    pub(crate) fn failures(&self) -> &[Value] {
        self.data["failed"].as_array().unwrap()
    }

    /// Returns the row of a function. The columns are kind, name, module, location, is async,
    /// calls, failed, cancelled, total, self, mean, p50, p95, p99, max.
    pub(crate) fn row(&self, name: &str) -> &Value {
        let mut rows = self.data["rows"].as_array().unwrap().iter();
        rows.find(|row| row[1] == name).unwrap()
    }
}
