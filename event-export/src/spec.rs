//! One part of `EVENT_EXPORT`: `NAME[=VALUE][;OPTION[=VALUE]]…`.

use std::io;
use std::path::{Path, PathBuf};
use std::process;

use crate::exporter::Exporter;

/// A part as it is written, of which the exporter that it names takes what it understands.
#[derive(Debug)]
pub(crate) struct Part<'t> {
    pub(crate) name: &'t str,
    value: Option<&'t str>,
    options: Vec<(&'t str, Option<&'t str>)>,
}

/// What a part asks for, understood but not begun: nothing is opened before all parts are understood.
pub(crate) struct Plan {
    /// The file, if there is one.
    pub(crate) path: Option<PathBuf>,
    /// Opens it.
    pub(crate) make: Box<dyn FnOnce() -> io::Result<Box<dyn Exporter>>>,
}

impl Plan {
    /// The plan of what writes to a file.
    pub(crate) fn file<E: Exporter>(
        path: PathBuf,
        make: impl FnOnce(&Path) -> io::Result<E> + 'static,
    ) -> Self {
        let at = path.clone();
        Self {
            path: Some(path),
            make: Box::new(move || Ok(Box::new(make(&at)?))),
        }
    }

    /// The plan of what writes to no file.
    pub(crate) fn no_file<E: Exporter>(make: impl FnOnce() -> E + 'static) -> Self {
        Self {
            path: None,
            make: Box::new(move || Ok(Box::new(make()))),
        }
    }
}

/// Why a part makes no sense.
#[derive(Debug)]
pub(crate) struct Wrong(pub(crate) String);

impl<'t> Part<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        let mut pieces = text.split(';').map(|piece| match piece.split_once('=') {
            None => (piece.trim(), None),
            Some((name, value)) => (name.trim(), Some(value.trim())),
        });
        let (name, value) = pieces.next().unwrap_or_default();
        Self {
            name,
            value,
            options: pieces.collect(),
        }
    }

    /// The value, which is there to say where to; `example` is one that makes sense.
    pub(crate) fn path(&mut self, example: &str) -> Result<PathBuf, Wrong> {
        match self.optional_path() {
            Some(path) => Ok(path),
            None => Err(Wrong(format!(
                "it needs a file to write to, as in `{}={example}`",
                self.name
            ))),
        }
    }

    /// The value, if there is one; `%p` in it is the process's number, so that several processes that are started with
    /// one variable write a file each.
    pub(crate) fn optional_path(&mut self) -> Option<PathBuf> {
        let value = self.value.take().filter(|value| !value.is_empty());
        value.map(|value| PathBuf::from(value.replace("%p", &process::id().to_string())))
    }

    /// Checks that the name of the file, by whose ending its format is chosen, has one of `endings`, or none.
    pub(crate) fn ending(&self, path: &Path, endings: &[&str]) -> Result<(), Wrong> {
        let Some(ending) = path.extension() else {
            return Ok(());
        };
        if endings.iter().any(|it| ending.eq_ignore_ascii_case(it)) {
            return Ok(());
        }
        let (name, endings) = (self.name, endings.join("`, `."));
        let ending = ending.to_string_lossy();
        Err(Wrong(format!(
            "`{name}` writes files that end in `.{endings}`, not `.{ending}`"
        )))
    }

    /// Whether the option `name`, which has no value, is there.
    pub(crate) fn flag(&mut self, name: &str) -> Result<bool, Wrong> {
        match self.take(name) {
            None => Ok(false),
            Some(None) => Ok(true),
            Some(Some(_)) => Err(Wrong(format!("the option `{name}` takes no value"))),
        }
    }

    /// The value of the option `name`, if it is there; `possible` says what it may be.
    pub(crate) fn option(&mut self, name: &str, possible: &str) -> Result<Option<&'t str>, Wrong> {
        match self.take(name) {
            None => Ok(None),
            Some(Some(value)) if !value.is_empty() => Ok(Some(value)),
            Some(_) => Err(Wrong(format!(
                "the option `{name}` needs a value: {possible}"
            ))),
        }
    }

    /// Which of `choices` the option `name` names, if it is there.
    pub(crate) fn choice<C: Copy>(
        &mut self,
        name: &str,
        choices: &[(&str, C)],
    ) -> Result<Option<C>, Wrong> {
        let possible = choices.iter().map(|(name, _)| format!("`{name}`"));
        let possible = possible.collect::<Vec<_>>().join(" or ");
        let Some(value) = self.option(name, &possible)? else {
            return Ok(None);
        };
        let chosen = |(name, _): &&(&str, C)| name.eq_ignore_ascii_case(value);
        match choices.iter().find(chosen) {
            Some((_, choice)) => Ok(Some(*choice)),
            None => Err(Wrong(format!(
                "the option `{name}` is {possible}, not `{value}`"
            ))),
        }
    }

    #[expect(
        clippy::option_option,
        reason = "an option that is there may have no value"
    )]
    fn take(&mut self, name: &str) -> Option<Option<&'t str>> {
        let place = self
            .options
            .iter()
            .position(|(option, _)| *option == name)?;
        Some(self.options.remove(place).1)
    }

    /// Checks that everything has been taken; `options` is what there could have been.
    pub(crate) fn finish(&self, options: &[&str]) -> Result<(), Wrong> {
        if let Some(value) = self.value {
            return Err(Wrong(format!(
                "`{}` takes no value, but here is `{value}`",
                self.name
            )));
        }
        let Some((option, _)) = self.options.first() else {
            return Ok(());
        };
        let possible = match options {
            [] => "has no options".to_owned(),
            _ => format!("has the options `{}`", options.join("`, `")),
        };
        let why = if options.contains(option) {
            format!("the option `{option}` is there twice")
        } else {
            format!("unknown option `{option}`; `{}` {possible}", self.name)
        };
        Err(Wrong(why))
    }
}
