//! One export in `EVENT_EXPORT`: `NAME[=VALUE][;OPTION[=VALUE]]…`.
//!
//! Each exporter takes its value and options from an [`ExportSpec`] and returns an
//! [`ExporterPlan`], which opens nothing yet.

use std::io;
use std::path::{Path, PathBuf};
use std::process;

use crate::exporter::Exporter;

/// An export, split into its parts. An exporter takes the value and the options that it knows, then
/// calls `finish`.
#[derive(Debug)]
pub(crate) struct ExportSpec<'t> {
    pub(crate) name: &'t str,
    value: Option<&'t str>,
    options: Vec<(&'t str, Option<&'t str>)>,
}

/// An exporter that is parsed but not opened. All specs are parsed before the first file is opened.
pub(crate) struct ExporterPlan {
    /// The file, if there is one.
    pub(crate) path: Option<PathBuf>,
    pub(crate) open: Box<dyn FnOnce() -> io::Result<Box<dyn Exporter>>>,
}

impl ExporterPlan {
    /// Plans an exporter that writes to the file `path`.
    pub(crate) fn to_file<E: Exporter>(
        path: PathBuf,
        open: impl FnOnce(&Path) -> io::Result<E> + 'static,
    ) -> Self {
        let opened = path.clone();
        Self {
            path: Some(path),
            open: Box::new(move || Ok(Box::new(open(&opened)?))),
        }
    }

    /// Plans an exporter that writes to no file of its own.
    pub(crate) fn without_file<E: Exporter>(make: impl FnOnce() -> E + 'static) -> Self {
        Self {
            path: None,
            open: Box::new(move || Ok(Box::new(make()))),
        }
    }
}

/// Why a spec is invalid.
#[derive(Debug)]
pub(crate) struct SpecError(pub(crate) String);

impl<'t> ExportSpec<'t> {
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

    /// Takes the value as the path of a file. `example` is a valid path, for the error.
    pub(crate) fn path(&mut self, example: &str) -> Result<PathBuf, SpecError> {
        match self.optional_path() {
            Some(path) => Ok(path),
            None => Err(SpecError(format!(
                "it needs a file to write to, as in `{}={example}`",
                self.name
            ))),
        }
    }

    /// Takes the value, if there is one, as the path of a file. `%p` becomes the process id, so
    /// that several processes with the same variable write a file each.
    pub(crate) fn optional_path(&mut self) -> Option<PathBuf> {
        let value = self.value.take().filter(|value| !value.is_empty());
        value.map(|value| PathBuf::from(value.replace("%p", &process::id().to_string())))
    }

    /// Checks that the file's extension, which selects the format, is one of `extensions`, or that
    /// there is none.
    pub(crate) fn check_extension(
        &self,
        path: &Path,
        extensions: &[&str],
    ) -> Result<(), SpecError> {
        let Some(extension) = path.extension() else {
            return Ok(());
        };
        if extensions
            .iter()
            .any(|it| extension.eq_ignore_ascii_case(it))
        {
            return Ok(());
        }
        let name = self.name;
        let extensions = extensions.join("`, `.");
        let extension = extension.to_string_lossy();
        Err(SpecError(format!(
            "`{name}` writes files that end in `.{extensions}`, not `.{extension}`"
        )))
    }

    /// Takes the option `name`, which has no value; returns whether it was given.
    pub(crate) fn flag(&mut self, name: &str) -> Result<bool, SpecError> {
        match self.take(name) {
            None => Ok(false),
            Some(None) => Ok(true),
            Some(Some(_)) => Err(SpecError(format!("the option `{name}` takes no value"))),
        }
    }

    /// Takes the value of the option `name`, if it was given. `possible` describes valid values,
    /// for the error.
    pub(crate) fn option(
        &mut self,
        name: &str,
        possible: &str,
    ) -> Result<Option<&'t str>, SpecError> {
        match self.take(name) {
            None => Ok(None),
            Some(Some(value)) if !value.is_empty() => Ok(Some(value)),
            Some(_) => Err(SpecError(format!(
                "the option `{name}` needs a value: {possible}"
            ))),
        }
    }

    /// Takes the option `name`, if it was given, and returns which of `choices` its value names.
    pub(crate) fn choice<C: Copy>(
        &mut self,
        name: &str,
        choices: &[(&str, C)],
    ) -> Result<Option<C>, SpecError> {
        let names = choices.iter().map(|(name, _)| format!("`{name}`"));
        let possible = names.collect::<Vec<_>>().join(" or ");
        let Some(value) = self.option(name, &possible)? else {
            return Ok(None);
        };
        let is_chosen = |(name, _): &&(&str, C)| name.eq_ignore_ascii_case(value);
        match choices.iter().find(is_chosen) {
            Some((_, choice)) => Ok(Some(*choice)),
            None => Err(SpecError(format!(
                "the option `{name}` is {possible}, not `{value}`"
            ))),
        }
    }

    #[expect(
        clippy::option_option,
        reason = "an option that was given may have no value"
    )]
    fn take(&mut self, name: &str) -> Option<Option<&'t str>> {
        let index = self
            .options
            .iter()
            .position(|(option, _)| *option == name)?;
        Some(self.options.remove(index).1)
    }

    /// Checks that everything has been taken; `options` are the valid names, for the error.
    pub(crate) fn finish(&self, options: &[&str]) -> Result<(), SpecError> {
        if let Some(value) = self.value {
            return Err(SpecError(format!(
                "`{}` takes no value, found `{value}`",
                self.name
            )));
        }
        let Some((option, _)) = self.options.first() else {
            return Ok(());
        };
        if options.contains(option) {
            return Err(SpecError(format!("the option `{option}` is given twice")));
        }
        let possible = match options {
            [] => "has no options".to_owned(),
            _ => format!("has the options `{}`", options.join("`, `")),
        };
        Err(SpecError(format!(
            "unknown option `{option}`; `{}` {possible}",
            self.name
        )))
    }
}
