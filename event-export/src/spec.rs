//! The exports in `EVENT_EXPORT`: `NAME[=VALUE][;OPTION[=VALUE]]…`, separated by commas.
//!
//! A value may be in single or double quotes. It then contains every character up to the next such
//! quote: no character is escaped, so that paths of Windows need no care.
//!
//! Each exporter takes its value and options from an [`ExportSpec`] and returns an
//! [`ExporterPlan`], which opens nothing yet.

use std::io;
#[cfg(feature = "metrics")]
use std::net::SocketAddr;
use std::path::{self, Path, PathBuf};
#[cfg(any(feature = "flight", feature = "metrics"))]
use std::time::Duration;

use crate::exporter::Exporter;
use crate::process;
#[cfg(feature = "flight")]
use crate::quantity;
use crate::suggest::did_you_mean;

/// An export, split into its parts. An exporter takes the value and the options that it knows, then
/// calls `finish`.
#[derive(Debug)]
pub(crate) struct ExportSpec<'t> {
    /// The whole export, as in `EVENT_EXPORT`.
    pub(crate) text: &'t str,
    pub(crate) name: &'t str,
    value: Option<&'t str>,
    options: Vec<Piece<'t>>,
}

/// `NAME[=VALUE]`.
type Piece<'t> = (&'t str, Option<&'t str>);

/// An exporter that is parsed but not opened. All specs are parsed before the first file is opened.
pub(crate) struct ExporterPlan {
    pub(crate) output: PlannedOutput,
    /// Returns none if the exporter is disabled.
    pub(crate) open: Box<OpenExporter>,
}

type OpenExporter = dyn FnOnce() -> io::Result<Option<Box<dyn Exporter>>>;

/// The output of a planned exporter.
#[derive(Debug)]
pub(crate) enum PlannedOutput {
    File(PathBuf),
    Address,
    /// A logger, a subscriber or stderr: one for all exporters of a name.
    Shared,
}

impl ExporterPlan {
    /// Plans an exporter that writes to the file `path`.
    pub(crate) fn to_file<E: Exporter>(
        path: PathBuf,
        open: impl FnOnce(&Path) -> io::Result<E> + 'static,
    ) -> Self {
        let opened = path.clone();
        Self {
            output: PlannedOutput::File(path),
            open: Box::new(move || Ok(Some(Box::new(open(&opened)?)))),
        }
    }

    /// Plans an exporter that serves `address`.
    #[cfg(feature = "metrics")]
    pub(crate) fn at_address<E: Exporter>(
        address: SocketAddr,
        open: impl FnOnce(SocketAddr) -> io::Result<E> + 'static,
    ) -> Self {
        Self {
            output: PlannedOutput::Address,
            open: Box::new(move || Ok(Some(Box::new(open(address)?)))),
        }
    }

    /// Plans an exporter that writes to no file of its own.
    pub(crate) fn without_file<E: Exporter>(make: impl FnOnce() -> E + 'static) -> Self {
        Self {
            output: PlannedOutput::Shared,
            open: Box::new(move || Ok(Some(Box::new(make())))),
        }
    }

    /// Plans no exporter, because a setting disables it.
    #[cfg(feature = "otlp")]
    pub(crate) fn disabled() -> Self {
        Self {
            output: PlannedOutput::Shared,
            open: Box::new(|| Ok(None)),
        }
    }
}

/// Why a spec is invalid.
#[derive(Debug)]
pub(crate) struct SpecError(pub(crate) String);

impl<'t> ExportSpec<'t> {
    /// Splits a list of exports. Empty exports are left out.
    ///
    /// # Errors
    ///
    /// Returns the invalid export, and why it is invalid.
    pub(crate) fn parse_list(list: &'t str) -> Result<Vec<Self>, (&'t str, SpecError)> {
        let mut specs = Vec::new();
        let mut start = list;
        while !start.is_empty() {
            let at = |place: &str| list[..list.len() - place.len()].chars().count() + 1;
            let invalid = |error: Unexpected<'_>| {
                let why = match error {
                    Unexpected::OpenQuote(place) => {
                        let quote = place.chars().next().unwrap_or('"');
                        let at = at(place);
                        format!(
                            "the quote at character {at} is not closed; write `{quote}` at the end \
                             of the value"
                        )
                    }
                    Unexpected::AfterQuote(place) => {
                        let found = place.chars().next().unwrap_or(' ');
                        let at = at(place);
                        format!(
                            "unexpected `{found}` at character {at}, after a value in quotes; \
                             write `,` before the next export, or `;` before an option"
                        )
                    }
                    Unexpected::EmptyOption(place) => {
                        let at = at(place) - 1;
                        format!("unexpected `;` at character {at}; write an option after it")
                    }
                };
                (start.trim(), SpecError(why))
            };
            let (first, mut rest) = parse_piece(start).map_err(invalid)?;
            let mut options = Vec::new();
            while let Some(after) = rest.strip_prefix(';') {
                let (option, end) = parse_piece(after).map_err(invalid)?;
                if option.0.is_empty() {
                    return Err(invalid(Unexpected::EmptyOption(after)));
                }
                options.push(option);
                rest = end;
            }
            let text = start[..start.len() - rest.len()].trim();
            start = rest.strip_prefix(',').unwrap_or(rest);
            if !text.is_empty() {
                let (name, value) = first;
                specs.push(Self {
                    text,
                    name,
                    value,
                    options,
                });
            }
        }
        Ok(specs)
    }

    /// Takes the value as the path of a file, as [`optional_path`](Self::optional_path) does.
    pub(crate) fn path(
        &mut self,
        example: &str,
        extensions: &[&str],
    ) -> Result<PathBuf, SpecError> {
        match self.optional_path(example, extensions)? {
            Some(path) => Ok(path),
            None => Err(SpecError(format!(
                "it needs a file to write to, as in `{}={example}`",
                self.name
            ))),
        }
    }

    /// Takes the value, if there is one, as the path of a file. `%p` becomes the process id, so
    /// that several processes with the same variable write a file each.
    ///
    /// The file's extension must be one of `extensions`, because it selects the format. Devices and
    /// FIFOs have no extension, so it may be missing after a directory. `example` is a valid path,
    /// for errors.
    pub(crate) fn optional_path(
        &mut self,
        example: &str,
        extensions: &[&str],
    ) -> Result<Option<PathBuf>, SpecError> {
        let Some(value) = self.value.take().filter(|value| !value.is_empty()) else {
            return Ok(None);
        };
        if let Some(why) = invalid_path(self.name, value, example, extensions) {
            return Err(SpecError(why));
        }
        let path = value.replace("%p", &process::id().to_string());
        Ok(Some(PathBuf::from(path)))
    }

    /// Takes the value if it is an address of a socket. A name of a host is an error, because it
    /// may have several addresses.
    #[cfg(feature = "metrics")]
    pub(crate) fn take_address(&mut self) -> Result<Option<SocketAddr>, SpecError> {
        let Some(value) = self.value else {
            return Ok(None);
        };
        let address = value.parse().ok();
        // Port 0 is any free port, so a scraper would not find it.
        if let Some(address) = address.filter(|address: &SocketAddr| address.port() > 0) {
            self.value = None;
            return Ok(Some(address));
        }
        if let Ok(ip) = value.parse() {
            let address = SocketAddr::new(ip, 9464);
            return Err(SpecError(format!(
                "`{value}` has no port; write for example `{}={address}`",
                self.name
            )));
        }
        let (host, port) = value.rsplit_once(':').unwrap_or(("", value));
        let is_port = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
        if !is_port || value.contains(path::is_separator) {
            return Ok(None);
        }
        let port = port
            .parse()
            .ok()
            .filter(|port: &u16| *port > 0)
            .unwrap_or(9464);
        let example = match host {
            "" | "localhost" => {
                format!(
                    "`{name}=127.0.0.1:{port}` for this machine, or `{name}=0.0.0.0:{port}` for its network",
                    name = self.name
                )
            }
            _ => format!(
                "an IP address and a port from 1 to 65535, as in `{}=127.0.0.1:{port}`",
                self.name
            ),
        };
        Err(SpecError(format!(
            "`{value}` is not an address; write {example}"
        )))
    }

    /// Takes the option `name` as a number of seconds, if it was given.
    #[cfg(feature = "metrics")]
    pub(crate) fn seconds(&mut self, name: &str) -> Result<Option<Duration>, SpecError> {
        let possible = "a number of seconds, such as `15`";
        let Some(value) = self.option(name, possible)? else {
            return Ok(None);
        };
        match value.parse() {
            Ok(seconds @ 1..=86_400) => Ok(Some(Duration::from_secs(seconds))),
            _ => Err(SpecError(format!(
                "the option `{name}` is {possible}, from 1 to 86400, not `{value}`"
            ))),
        }
    }

    /// Takes the value as the path of a directory. `%p` becomes the process id.
    #[cfg(feature = "flight")]
    pub(crate) fn directory(&mut self, example: &str) -> Result<PathBuf, SpecError> {
        let value = self.value.take().filter(|value| !value.is_empty());
        let Some(value) = value else {
            return Err(SpecError(format!(
                "it needs a directory to write to, as in `{}={example}`",
                self.name
            )));
        };
        let path = value.replace("%p", &process::id().to_string());
        Ok(PathBuf::from(path))
    }

    /// Takes the option `name` as a duration, if it was given.
    #[cfg(feature = "flight")]
    pub(crate) fn duration(&mut self, name: &str) -> Result<Option<Duration>, SpecError> {
        let possible = "a duration, such as `500ms`, `30s` or `5m`";
        let value = self.option(name, possible)?;
        let duration = value.map(|value| {
            let wrong = || SpecError(format!("the option `{name}` is {possible}, not `{value}`"));
            quantity::duration(value).ok_or_else(wrong)
        });
        duration.transpose()
    }

    /// Takes the option `name` as a size, if it was given.
    #[cfg(feature = "flight")]
    pub(crate) fn size(&mut self, name: &str) -> Result<Option<usize>, SpecError> {
        let possible = "a size, such as `512KiB` or `4MiB`";
        let value = self.option(name, possible)?;
        let size = value.map(|value| {
            let wrong = || SpecError(format!("the option `{name}` is {possible}, not `{value}`"));
            quantity::size(value).ok_or_else(wrong)
        });
        size.transpose()
    }

    /// Takes the option `name` as a number, if it was given. `what` is counted.
    pub(crate) fn count(&mut self, name: &str, what: &str) -> Result<Option<usize>, SpecError> {
        let value = self.option(name, &format!("a number of {what}"))?;
        let count = value.map(|value| {
            let wrong = |_| {
                SpecError(format!(
                    "the option `{name}` is a number of {what}, not `{value}`"
                ))
            };
            value.parse().map_err(wrong)
        });
        count.transpose()
    }

    /// Takes the value if it is `word`; returns whether it was.
    pub(crate) fn take_word(&mut self, word: &str) -> bool {
        let is_word = |value: &mut &str| value.eq_ignore_ascii_case(word);
        self.value.take_if(is_word).is_some()
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
        if let Some((_, choice)) = choices.iter().find(is_chosen) {
            return Ok(Some(*choice));
        }
        let suggestion = did_you_mean(value, choices.iter().map(|(name, _)| *name));
        Err(SpecError(format!(
            "the option `{name}` is {possible}, not `{value}`{suggestion}"
        )))
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
        let suggestion = did_you_mean(option, options.iter().copied());
        Err(SpecError(format!(
            "unknown option `{option}`; `{}` {possible}{suggestion}",
            self.name
        )))
    }
}

/// A syntax error in a list, with the text from its place on.
enum Unexpected<'t> {
    OpenQuote(&'t str),
    AfterQuote(&'t str),
    EmptyOption(&'t str),
}

/// Parses a name and its value. Also returns the rest of `text`: it is empty, or begins with `,` or
/// `;`.
fn parse_piece(text: &str) -> Result<(Piece<'_>, &str), Unexpected<'_>> {
    let split = |text: &'_ str, end: &[char]| text.find(end).unwrap_or(text.len());
    let (name, rest) = text.split_at(split(text, &[',', ';', '=']));
    let name = name.trim();
    let Some(value) = rest.strip_prefix('=') else {
        return Ok(((name, None), rest));
    };
    let quoted = value.trim_start();
    let Some(quote) = quoted.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
        let (value, rest) = value.split_at(split(value, &[',', ';']));
        return Ok(((name, Some(value.trim())), rest));
    };
    let Some((value, rest)) = quoted[1..].split_once(quote) else {
        return Err(Unexpected::OpenQuote(quoted));
    };
    let rest = rest.trim_start();
    if rest.is_empty() || rest.starts_with([',', ';']) {
        Ok(((name, Some(value)), rest))
    } else {
        Err(Unexpected::AfterQuote(rest))
    }
}

/// Returns why `value` is not the path of a file that the exporter `name` writes.
fn invalid_path(name: &str, value: &str, example: &str, extensions: &[&str]) -> Option<String> {
    const COMPRESSED: [&str; 5] = ["gz", "zst", "xz", "bz2", "zip"];
    let is_one_of =
        |extension: &str, list: &[&str]| list.iter().any(|one| one.eq_ignore_ascii_case(extension));
    let Some(extension) = Path::new(value).extension() else {
        if value.contains(path::is_separator) {
            return None;
        }
        return Some(match value {
            "-" | "stdout" => format!("write `{name}=/dev/stdout` for the standard output"),
            "stderr" => format!("write `{name}=/dev/stderr` for the standard error"),
            _ => {
                let example = Path::new(example);
                let example = if is_one_of(value, extensions) {
                    example.with_extension(value)
                } else {
                    example.to_owned()
                };
                let example = example.display();
                format!(
                    "`{value}` has no extension; write `{name}={example}`, or `{name}=./{value}` \
                     for a file of this name"
                )
            }
        });
    };
    let extension = extension.to_string_lossy();
    if is_one_of(&extension, extensions) {
        return None;
    }
    let possible = extensions.join("`, `.");
    let hint = if is_one_of(&extension, &COMPRESSED) {
        format!("; write `{name}={example}` and compress the file afterwards")
    } else {
        String::new()
    };
    Some(format!(
        "`{name}` writes files that end in `.{possible}`, not `.{extension}`{hint}"
    ))
}
