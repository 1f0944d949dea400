//! Checks: what a listener is made of, or everything that is wrong.

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
    pub(crate) krate: TokenStream,
    pub(crate) rules: Vec<Rule>,
    pub(crate) forwards: Forwards,
}

/// What one `#[listen(…)]` says.
pub(crate) struct Rule {
    pub(crate) filter: Option<Filter>,
    pub(crate) on_start: Option<ExprPath>,
    pub(crate) on_end: Option<ExprPath>,
    pub(crate) wants_data: bool,
    /// Whether a handler was written, good or not.
    handles: bool,
}

/// The listeners in the type.
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
        let listens = rules.iter().any(|rule| rule.handles);
        if !listens && forwards.is_empty() && diag.is_empty() {
            diag.error(
                &input.ident,
                "this listener does nothing; say `#[listen(on_end = Self::method)]`, or mark a \
                 field with `#[listen(forward)]`",
            );
        }
        diag.finish()?;
        Ok(Self {
            krate: crate_path(krate.into_inner()),
            rules,
            forwards,
        })
    }

    /// A listener that does nothing, for an implementation beside the errors.
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
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("listen")) {
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
    let mut settings = RuleSettings::default();
    for (key, value) in args.settings {
        settings.set(diag, krate, &key, value);
    }
    Rule {
        filter: args.filter,
        on_start: settings.on_start.into_inner(),
        on_end: settings.on_end.into_inner(),
        wants_data: settings.wants_data.into_inner().unwrap_or(true),
        handles: settings.handles,
    }
}

#[derive(Default)]
struct RuleSettings {
    on_start: Once<ExprPath>,
    on_end: Once<ExprPath>,
    wants_data: Once<bool>,
    handles: bool,
}

impl RuleSettings {
    fn set(
        &mut self,
        diag: &mut Diagnostics,
        krate: &mut Once<Path>,
        key: &Ident,
        value: SettingValue,
    ) {
        self.handles |= key == "on_start" || key == "on_end";
        match (key.to_string().as_str(), value) {
            ("on_start", SettingValue::Path(path)) => self.on_start.set(diag, key, path),
            ("on_end", SettingValue::Path(path)) => self.on_end.set(diag, key, path),
            ("wants_data", SettingValue::Bool(value)) => {
                self.wants_data.set(diag, key, value.value);
            }
            ("crate", SettingValue::Path(path)) if path.qself.is_none() => {
                krate.set(diag, key, path.path);
            }
            (name, value) => wrong_setting(diag, key, name, value),
        }
    }
}

fn wrong_setting(diag: &mut Diagnostics, key: &Ident, name: &str, value: SettingValue) {
    let form = match name {
        "on_start" | "on_end" => "the path of a method, as in `on_end = Self::ended`",
        "wants_data" => "`wants_data = false`",
        "crate" => "a path, as in `crate = my_crate::event_core`",
        "kind" => {
            diag.error(key, "write the kind by itself, and first: `\"app:parse\"`");
            return;
        }
        "forward" => {
            diag.error(
                key,
                "`forward` belongs on a field, which is a listener itself",
            );
            return;
        }
        _ => {
            diag.error(key, unknown_argument(name, &KEYS));
            return;
        }
    };
    let message = format!("wrong form of `{name}`; write {form}");
    match value {
        SettingValue::None => diag.error(key, message),
        SettingValue::Path(value) => diag.error(value, message),
        SettingValue::Bool(value) => diag.error(value, message),
        SettingValue::Other(value) => diag.error(value, message),
    }
}

fn check_forwards(diag: &mut Diagnostics, input: &DeriveInput) -> Forwards {
    match &input.data {
        Data::Struct(data) => Forwards::Struct(marked(diag, &data.fields)),
        Data::Enum(data) => {
            let variants = data.variants.iter();
            Forwards::Enum(
                variants
                    .map(|it| (it.ident.clone(), of_variant(diag, it)))
                    .collect(),
            )
        }
        Data::Union(data) => {
            diag.error(
                data.union_token,
                "#[derive(Listener)] cannot stand on a `union`",
            );
            Forwards::Struct(Vec::new())
        }
    }
}

/// The fields that say `#[listen(forward)]`.
fn marked(diag: &mut Diagnostics, fields: &Fields) -> Vec<(Member, Type)> {
    let mut marked = Vec::new();
    for (member, field) in fields.members().zip(fields) {
        if says_forward(diag, field) {
            marked.push((member, field.ty.clone()));
        }
    }
    marked
}

fn says_forward(diag: &mut Diagnostics, field: &Field) -> bool {
    let mut forward = false;
    for attr in field
        .attrs
        .iter()
        .filter(|attr| attr.path().is_ident("listen"))
    {
        match attr.parse_args::<Path>() {
            Ok(path) if is_forward(&path) => forward = true,
            Ok(path) => diag.error(path, "on a field, `#[listen(forward)]` is all there is"),
            Err(_) => diag.error(attr, "on a field, `#[listen(forward)]` is all there is"),
        }
    }
    forward
}

/// The listeners of a variant: what is marked, or its only field.
fn of_variant(diag: &mut Diagnostics, variant: &Variant) -> Vec<(Member, Type)> {
    for attr in variant
        .attrs
        .iter()
        .filter(|attr| attr.path().is_ident("listen"))
    {
        diag.error(
            attr,
            "`#[listen(…)]` belongs on the enum, or on a field of the variant",
        );
    }
    let marked = marked(diag, &variant.fields);
    let mut fields = variant.fields.members().zip(&variant.fields);
    match (marked.is_empty(), fields.next(), fields.next()) {
        (true, Some((member, only)), None) => vec![(member, only.ty.clone())],
        (true, Some(_), Some(_)) => {
            diag.error(
                &variant.fields,
                "which of these is told? mark it with `#[listen(forward)]`",
            );
            Vec::new()
        }
        _ => marked,
    }
}
