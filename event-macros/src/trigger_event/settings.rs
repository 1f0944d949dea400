//! The kind and the options of one attribute. Each option is checked by itself.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::{ExprPath, LitStr, Path};

use super::args::{
    BLOCK_ERR, BLOCK_RET, Format, KEYS, KindArg, OUTER, OVERRIDABLE, Setting, SettingValue,
    TriggerArgs,
};
use super::field::FieldArg;
use crate::diag::{Diagnostics, Once};
use crate::escape::check_shown;
use crate::kind_name;
use crate::suggest::{did_you_mean, unknown_argument};
use crate::syntax::words::contains_self;

/// The kind of an event, usable in a static.
pub(crate) enum Kind {
    Literal(LitStr),
    /// The path of a constant or static of type `Kind`.
    Path(ExprPath),
    /// The path of the function's module.
    Module,
}

/// The argument `err`.
#[derive(Clone)]
pub(crate) struct ErrArg {
    /// The word, which the compiler underlines if the value is not a `Result`.
    pub(crate) word: Ident,
    /// Whether it is a block's, and counts only if the value is a `Result`.
    pub(crate) of_block: bool,
    /// The trait that formats the error. `None` for the best one that the error has.
    pub(crate) format: Option<Format>,
}

/// The argument `ret`.
#[derive(Clone)]
pub(crate) struct RetArg {
    pub(crate) word: Ident,
    /// Whether it is a block's, and counts only if the value is not `()`.
    pub(crate) of_block: bool,
    /// The trait that formats the value. `None` for a value that keeps its type.
    pub(crate) format: Option<Format>,
}

impl RetArg {
    /// The word `Display`, if the value must have this trait.
    pub(crate) fn display_of_function(&self) -> Option<&Ident> {
        match &self.format {
            Some(Format::Display(word)) if !self.of_block => Some(word),
            _ => None,
        }
    }
}

/// The arguments of one attribute, sorted.
#[derive(Default)]
pub(crate) struct Settings {
    /// `None` if an error was reported.
    pub(crate) kind: Option<Kind>,
    data: Once<Vec<FieldArg>>,
    skip: Once<Vec<Ident>>,
    pub(crate) skip_all: Once<Ident>,
    redact: Once<Vec<Ident>>,
    pub(crate) ret: Once<RetArg>,
    pub(crate) err: Once<ErrArg>,
    pub(crate) name: Once<LitStr>,
    pub(crate) krate: Once<Path>,
}

impl Settings {
    /// Sorts the arguments, and reports the mistakes in each of them.
    pub(crate) fn check(diag: &mut Diagnostics, args: TriggerArgs) -> Self {
        let mut settings = Self {
            kind: check_kind(diag, &args),
            ..Self::default()
        };
        for option in args.options {
            settings.set(diag, option);
        }
        if let (Some(skip_all), [_, ..]) = (settings.skip_all.get(), settings.skipped()) {
            diag.error(
                skip_all,
                "`skip_all` already skips every argument; remove it or `skip(…)`",
            );
        }
        if let (Some(skip_all), [_, ..]) = (settings.skip_all.get(), settings.redacted()) {
            diag.error(
                skip_all,
                "`skip_all` skips every argument; remove it or `redact(…)`",
            );
        }
        settings
    }

    fn set(&mut self, diag: &mut Diagnostics, Setting { key, value }: Setting) {
        match (key.to_string().as_str(), value) {
            ("data", SettingValue::Data(fields)) => self.data.set(diag, &key, fields),
            ("skip", SettingValue::Names(names)) => self.skip.set(diag, &key, names),
            ("redact", SettingValue::Names(names)) => self.redact.set(diag, &key, names),
            ("skip_all", SettingValue::None) => self.skip_all.set(diag, &key, key.clone()),
            ("ret", SettingValue::None) => self.set_ret(diag, &key, None),
            ("ret" | BLOCK_RET, SettingValue::Format(format)) => {
                self.set_ret(diag, &key, Some(format));
            }
            ("err" | BLOCK_ERR, SettingValue::None) => self.set_err(diag, &key, None),
            ("err" | BLOCK_ERR, SettingValue::Format(format)) => {
                self.set_err(diag, &key, Some(format));
            }
            ("name", SettingValue::Text(name)) => {
                check_shown(diag, &name, "the displayed name");
                self.name.set(diag, &key, name);
            }
            ("crate", SettingValue::Path(path)) => self.krate.set(diag, &key, path),
            // Read by `TriggerArgs::is_overridable` and `is_of_outer_block`.
            (OVERRIDABLE | OUTER, SettingValue::None) => {}
            (name, value) => wrong_setting(diag, &key, name, value),
        }
    }

    fn set_ret(&mut self, diag: &mut Diagnostics, key: &Ident, format: Option<Format>) {
        let arg = RetArg {
            word: Ident::new("ret", key.span()),
            of_block: key == BLOCK_RET,
            format,
        };
        self.ret.set(diag, key, arg);
    }

    fn set_err(&mut self, diag: &mut Diagnostics, key: &Ident, format: Option<Format>) {
        let arg = ErrArg {
            word: Ident::new("err", key.span()),
            of_block: key == BLOCK_ERR,
            format,
        };
        self.err.set(diag, key, arg);
    }

    /// The fields in `data(…)`.
    pub(crate) fn data(&self) -> &[FieldArg] {
        self.data.get().map_or(&[], Vec::as_slice)
    }

    /// The names in `skip(…)`.
    pub(crate) fn skipped(&self) -> &[Ident] {
        self.skip.get().map_or(&[], Vec::as_slice)
    }

    /// The names in `redact(…)`.
    pub(crate) fn redacted(&self) -> &[Ident] {
        self.redact.get().map_or(&[], Vec::as_slice)
    }
}

fn check_kind(diag: &mut Diagnostics, args: &TriggerArgs) -> Option<Kind> {
    match &args.kind {
        Some(KindArg::Literal(literal)) => {
            kind_name::check(diag, literal);
            return Some(Kind::Literal(literal.clone()));
        }
        Some(KindArg::Path(path)) if contains_self(path.to_token_stream()) => diag.error(
            path,
            "`Self` cannot be used in an event kind, which is stored in a static; write the name \
             of the type, or a string such as `\"app:parse\"`",
        ),
        Some(KindArg::Path(path)) => match misspelt_key(path) {
            Some(key) => diag.error(path, unknown_argument(&key, &KEYS)),
            None => return Some(Kind::Path(path.clone())),
        },
        Some(KindArg::Other(tokens)) => diag.error(
            tokens,
            "expected an event kind: a string such as `\"app:parse\"`, or the path of a constant \
             of type `Kind`",
        ),
        // `wrong_setting` reports `kind = "…"`.
        None if args.options.iter().any(|option| option.key == "kind") => {}
        None => return Some(Kind::Module),
    }
    None
}

/// The only word of `path`, if it resembles the key of an argument more than a constant's name.
fn misspelt_key(path: &ExprPath) -> Option<String> {
    let word = path.path.get_ident()?.to_string();
    let is_constant = word.contains(char::is_uppercase);
    let resembles_key = !did_you_mean(&word, KEYS).is_empty();
    (!is_constant && resembles_key).then_some(word)
}

/// Reports a key that does not exist, or that does not accept its value.
fn wrong_setting(diag: &mut Diagnostics, key: &Ident, name: &str, value: SettingValue) {
    let message = match name {
        "data" => "expected `data(name = value, …)`".to_owned(),
        "skip" | "redact" => format!("expected `{name}(argument, …)`"),
        "crate" => "expected a path, as in `crate = my_crate::event_core`".to_owned(),
        "skip_all" => "`skip_all` accepts no value; write only `skip_all`".to_owned(),
        "ret" | "err" => {
            let expected = format!("expected `{name}`, `{name}(Debug)` or `{name}(Display)`");
            match &value {
                SettingValue::Other(tokens) if tokens.to_string().contains("level") => {
                    format!("{expected}; events have no level")
                }
                _ => expected,
            }
        }
        "name" => "expected a string, as in `name = \"parse\"`".to_owned(),
        "level" => {
            "events have no level; remove `level`, and select events by their kind or function"
                .to_owned()
        }
        "target" => "the event kind replaces the target; write it first, as in \
             `#[trigger_event(\"app:parse\")]`"
            .to_owned(),
        "parent" => {
            "the parent is the current scope; remove `parent`, and call the function under a \
             handle, as in `handle.run(|| parse(text))`"
                .to_owned()
        }
        "follows_from" => {
            "a scope has one parent only; write the id of the cause as a field, as in \
             `data(cause = id.as_u64())`"
                .to_owned()
        }
        "fields" => "write `data(…)` instead of `fields(…)`".to_owned(),
        "kind" => {
            return diag.error(
                key,
                "the event kind has no key; write it first, as in \
                 `#[trigger_event(\"app:parse\")]`",
            );
        }
        _ => return diag.error(key, unknown_argument(name, &KEYS)),
    };
    match value {
        SettingValue::Other(tokens) if !tokens.is_empty() && KEYS.contains(&name) => {
            diag.error(tokens, message);
        }
        _ => diag.error(key, message),
    }
}
