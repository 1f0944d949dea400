//! Checks of a listener's attributes and fields: finds everything that is wrong with them.

use proc_macro2::TokenStream;
use syn::{
    Attribute, Data, DeriveInput, Error, ExprPath, Field, Fields, Ident, Member, Path, Type,
    Variant,
};

use super::args::{Filter, KEYS, ListenArgs, SettingValue, is_forward};
use crate::diag::{Diagnostics, Once};
use crate::kind_name;
use crate::runtime::crate_path;
use crate::suggest::unknown_argument;

/// A type that can be a listener.
pub(crate) struct Checked {
    /// The path of the runtime crate.
    pub(crate) krate: TokenStream,
    pub(crate) rules: Vec<Rule>,
    pub(crate) forwards: Forwards,
}

/// One `#[listen(…)]` on the type.
pub(crate) struct Rule {
    pub(crate) filter: Option<Filter>,
    pub(crate) on_start: Option<ExprPath>,
    pub(crate) on_end: Option<ExprPath>,
    pub(crate) wants: Wants,
    /// Whether `on_start` or `on_end` was written, valid or not.
    has_handler: bool,
}

/// The parts of an event that the handlers of a rule read.
#[derive(Clone, Copy)]
pub(crate) struct Wants {
    pub(crate) data: bool,
    pub(crate) end_data: bool,
    pub(crate) duration: bool,
}

/// The fields to which events are forwarded.
pub(crate) enum Forwards {
    Struct(Vec<(Member, Type)>),
    Enum(Vec<(Ident, Vec<(Member, Type)>)>),
}

impl Checked {
    /// Checks the type and its attributes.
    pub(crate) fn new(input: &DeriveInput) -> Result<Self, Error> {
        let mut diag = Diagnostics::default();
        let mut krate = Once::default();
        let rules = check_rules(&mut diag, &input.attrs, &mut krate);
        let forwards = check_forwards(&mut diag, input);
        let any_handler = rules.iter().any(|rule| rule.has_handler);
        if !any_handler && forwards.is_empty() && diag.is_empty() {
            diag.error(
                &input.ident,
                "this listener does nothing; write `#[listen(on_end = Self::method)]` on the type, or \
                 `#[listen(forward)]` on a field",
            );
        }
        diag.finish()?;
        Ok(Self {
            krate: crate_path(krate.into_inner()),
            rules,
            forwards,
        })
    }

    /// A listener that does nothing. It is emitted with the errors, so that they cause no others.
    pub(crate) fn fallback(input: &DeriveInput) -> Self {
        let mut diag = Diagnostics::default();
        let mut krate = Once::default();
        check_rules(&mut diag, &input.attrs, &mut krate);
        let _ = diag.finish(); // `new` has returned the errors
        Self {
            krate: crate_path(krate.into_inner()),
            rules: Vec::new(),
            forwards: Forwards::Struct(Vec::new()),
        }
    }
}

impl Forwards {
    fn is_empty(&self) -> bool {
        match self {
            Self::Struct(fields) => fields.is_empty(),
            Self::Enum(variants) => variants.iter().all(|(_, fields)| fields.is_empty()),
        }
    }

    /// The types of all these fields.
    pub(crate) fn types(&self) -> Vec<&Type> {
        match self {
            Self::Struct(fields) => fields.iter().map(|(_, ty)| ty).collect(),
            Self::Enum(variants) => variants
                .iter()
                .flat_map(|(_, fields)| fields)
                .map(|(_, ty)| ty)
                .collect(),
        }
    }
}

fn check_rules(diag: &mut Diagnostics, attrs: &[Attribute], krate: &mut Once<Path>) -> Vec<Rule> {
    let mut rules = Vec::new();
    for attr in listen_attributes(attrs) {
        match attr.parse_args::<ListenArgs>() {
            Ok(args) => rules.push(check_rule(diag, args, krate)),
            Err(error) => diag.add(error),
        }
    }
    rules
}

fn check_rule(diag: &mut Diagnostics, args: ListenArgs, krate: &mut Once<Path>) -> Rule {
    if let Some(Filter::Literal(literal)) = &args.filter {
        kind_name::check_filter(diag, literal);
    }
    let mut keys = args.settings.iter().map(|(key, _)| key);
    let duration = keys.find(|key| *key == "wants_duration").cloned();
    let mut settings = RuleSettings::default();
    for (key, value) in args.settings {
        settings.set(diag, krate, &key, value);
    }
    let wants_duration = settings.wants_duration.into_inner().unwrap_or(false);
    if let Some(key) = duration.filter(|_| wants_duration && !settings.has_end_handler) {
        let message = "only an END has a duration; add a handler, as in `on_end = Self::ended`";
        diag.error(key, message);
    }
    Rule {
        filter: args.filter,
        on_start: settings.on_start.into_inner(),
        on_end: settings.on_end.into_inner(),
        wants: Wants {
            data: settings.wants_data.into_inner().unwrap_or(true),
            end_data: settings.wants_end_data.into_inner().unwrap_or(true),
            duration: wants_duration,
        },
        has_handler: settings.has_handler,
    }
}

#[derive(Default)]
struct RuleSettings {
    on_start: Once<ExprPath>,
    on_end: Once<ExprPath>,
    wants_data: Once<bool>,
    wants_end_data: Once<bool>,
    wants_duration: Once<bool>,
    has_handler: bool,
    has_end_handler: bool,
}

impl RuleSettings {
    fn set(
        &mut self,
        diag: &mut Diagnostics,
        krate: &mut Once<Path>,
        key: &Ident,
        value: SettingValue,
    ) {
        self.has_end_handler |= key == "on_end";
        self.has_handler |= key == "on_start" || key == "on_end";
        match (key.to_string().as_str(), value) {
            ("on_start", SettingValue::Path(path)) => self.on_start.set(diag, key, path),
            ("on_end", SettingValue::Path(path)) => self.on_end.set(diag, key, path),
            ("wants_data", SettingValue::Bool(value)) => {
                self.wants_data.set(diag, key, value.value);
            }
            ("wants_end_data", SettingValue::Bool(value)) => {
                self.wants_end_data.set(diag, key, value.value);
            }
            ("wants_duration", SettingValue::Bool(value)) => {
                self.wants_duration.set(diag, key, value.value);
            }
            ("crate", SettingValue::Path(path)) if path.qself.is_none() => {
                krate.set(diag, key, path.path);
            }
            (name, value) => wrong_setting(diag, key, name, value),
        }
    }
}

/// Reports a key that does not exist, or that does not accept its value.
fn wrong_setting(diag: &mut Diagnostics, key: &Ident, name: &str, value: SettingValue) {
    let message = match name {
        "on_start" => "expected the path of a method, as in `on_start = Self::started`",
        "on_end" => "expected the path of a method, as in `on_end = Self::ended`",
        "wants_data" => "expected `wants_data = true` or `wants_data = false`",
        "wants_end_data" => "expected `wants_end_data = true` or `wants_end_data = false`",
        "wants_duration" => "expected `wants_duration = true` or `wants_duration = false`",
        "crate" => "expected a path, as in `crate = my_crate::event_core`",
        "kind" => {
            return diag.error(
                key,
                "the kind has no key; write it first, as in `#[listen(\"app:parse\", on_end = …)]`",
            );
        }
        "forward" => {
            return diag.error(
                key,
                "`forward` cannot be used on the type; put `#[listen(forward)]` on a field that is \
                 a listener",
            );
        }
        _ => return diag.error(key, unknown_argument(name, &KEYS)),
    };
    match value {
        SettingValue::None => diag.error(key, message),
        SettingValue::Path(value) => diag.error(value, message),
        SettingValue::Bool(value) => diag.error(value, message),
        SettingValue::Other(value) => diag.error(value, message),
    }
}

fn check_forwards(diag: &mut Diagnostics, input: &DeriveInput) -> Forwards {
    match &input.data {
        Data::Struct(data) => Forwards::Struct(marked_fields(diag, &data.fields)),
        Data::Enum(data) => {
            let mut variants = Vec::new();
            for variant in &data.variants {
                variants.push((variant.ident.clone(), variant_forwards(diag, variant)));
            }
            Forwards::Enum(variants)
        }
        Data::Union(data) => {
            diag.error(
                data.union_token,
                "#[derive(Listener)] cannot be used on a `union`; use a struct or an enum",
            );
            Forwards::Struct(Vec::new())
        }
    }
}

/// The fields with `#[listen(forward)]`.
fn marked_fields(diag: &mut Diagnostics, fields: &Fields) -> Vec<(Member, Type)> {
    let mut marked = Vec::new();
    for (member, field) in fields.members().zip(fields) {
        if has_forward(diag, field) {
            marked.push((member, field.ty.clone()));
        }
    }
    marked
}

fn has_forward(diag: &mut Diagnostics, field: &Field) -> bool {
    let message = "a field accepts only `forward`; write `#[listen(forward)]`";
    let mut found = false;
    for attr in listen_attributes(&field.attrs) {
        match attr.parse_args::<Path>() {
            Ok(path) if is_forward(&path) => found = true,
            Ok(path) => diag.error(path, message),
            Err(_) => diag.error(attr, message),
        }
    }
    found
}

fn listen_attributes(attrs: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attrs.iter().filter(|attr| attr.path().is_ident("listen"))
}

/// The listeners in a variant: the marked fields, or else its only field.
fn variant_forwards(diag: &mut Diagnostics, variant: &Variant) -> Vec<(Member, Type)> {
    for attr in listen_attributes(&variant.attrs) {
        diag.error(
            attr,
            "`#[listen(…)]` cannot be used on a variant; put it on the enum, or on a field of the \
             variant",
        );
    }
    let marked = marked_fields(diag, &variant.fields);
    let mut fields = variant.fields.members().zip(&variant.fields);
    match (marked.is_empty(), fields.next(), fields.next()) {
        (true, Some((member, only)), None) => vec![(member, only.ty.clone())],
        (true, Some(_), Some(_)) => {
            diag.error(
                &variant.fields,
                "ambiguous listener field; mark one with `#[listen(forward)]`",
            );
            Vec::new()
        }
        _ => marked,
    }
}
