//! Checks of a struct and its fields: finds everything that is wrong with them.

use proc_macro2::{Ident, TokenStream};
use syn::ext::IdentExt;
use syn::{
    Attribute, Data, DeriveInput, Error, Expr, ExprLit, Field, Fields, FieldsNamed, Lit, LitStr,
    Path, Type,
};

use super::args::{DataArgs, FIELD_KEYS, Setting, SettingValue};
use crate::diag::{Diagnostics, Once};
use crate::escape::check_shown;
use crate::runtime::crate_path;
use crate::suggest::unknown_argument;

/// A struct that can become data.
pub(crate) struct Checked {
    /// The path of the runtime crate.
    pub(crate) krate: TokenStream,
    pub(crate) fields: Vec<DataField>,
}

/// A field that becomes data.
pub(crate) struct DataField {
    pub(crate) name: Ident,
    pub(crate) ty: Type,
    pub(crate) key: String,
    pub(crate) form: Form,
}

/// How the field's value is captured.
#[derive(Clone, Copy)]
pub(crate) enum Form {
    Plain,
    Redacted,
    Debug,
    Display,
}

impl Checked {
    /// Checks the struct and its attributes.
    pub(crate) fn new(input: &DeriveInput) -> Result<Self, Error> {
        let mut diag = Diagnostics::default();
        let krate = check_struct(&mut diag, &input.attrs);
        let mut fields = Vec::new();
        if let Some(named) = named_fields(&mut diag, &input.data) {
            for field in &named.named {
                fields.extend(check_field(&mut diag, field));
            }
        }
        diag.finish()?;
        Ok(Self {
            krate: crate_path(krate),
            fields,
        })
    }

    /// A struct without fields. It is emitted with the errors, so that they cause no others.
    pub(crate) fn fallback(input: &DeriveInput) -> Self {
        let mut diag = Diagnostics::default();
        let krate = check_struct(&mut diag, &input.attrs);
        let _ = diag.finish(); // `new` has returned the errors
        Self {
            krate: crate_path(krate),
            fields: Vec::new(),
        }
    }
}

fn named_fields<'a>(diag: &mut Diagnostics, data: &'a Data) -> Option<&'a FieldsNamed> {
    match data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(named) => return Some(named),
            Fields::Unit => {}
            Fields::Unnamed(unnamed) => diag.error(
                unnamed,
                "#[derive(EventData)] needs named fields, whose names become the keys; name each field",
            ),
        },
        Data::Enum(data) => diag.error(
            data.enum_token,
            "#[derive(EventData)] cannot be used on an `enum`; use a struct with named fields",
        ),
        Data::Union(data) => diag.error(
            data.union_token,
            "#[derive(EventData)] cannot be used on a `union`; use a struct with named fields",
        ),
    }
    None
}

/// The arguments of all `#[data(…)]` in `attrs`.
fn settings(diag: &mut Diagnostics, attrs: &[Attribute]) -> Vec<Setting> {
    let mut all = Vec::new();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("data")) {
        match attr.parse_args::<DataArgs>() {
            Ok(args) => all.extend(args.settings),
            Err(error) => diag.add(error),
        }
    }
    all
}

fn check_struct(diag: &mut Diagnostics, attrs: &[Attribute]) -> Option<Path> {
    let mut krate = Once::default();
    for Setting { key, value } in settings(diag, attrs) {
        match (key.to_string().as_str(), value) {
            ("crate", SettingValue::Expr(Expr::Path(path))) => krate.set(diag, &key, path.path),
            ("crate", value) => wrong_value(
                diag,
                &key,
                value,
                "expected a path, as in `crate = my_crate::event_core`",
            ),
            (name, _) if FIELD_KEYS.contains(&name) => diag.error(
                &key,
                format_args!("`{name}` cannot be used on the struct; put it on a field"),
            ),
            (name, _) => diag.error(&key, unknown_argument(name, &["crate"])),
        }
    }
    krate.into_inner()
}

/// Reports a value that `key` does not accept.
fn wrong_value(diag: &mut Diagnostics, key: &Ident, value: SettingValue, message: &str) {
    match value {
        SettingValue::None => diag.error(key, message),
        SettingValue::Expr(value) => diag.error(value, message),
        SettingValue::Parentheses(value) => diag.error(value, message),
    }
}

const EXPECTED_STRING: &str = "expected a string, as in `rename = \"key\"`";

/// The arguments on one field.
#[derive(Default)]
struct FieldSettings {
    skip: Once<Ident>,
    redact: Once<Ident>,
    rename: Once<String>,
    debug: Once<Ident>,
    display: Once<Ident>,
}

impl FieldSettings {
    fn check(diag: &mut Diagnostics, field: &Field) -> Self {
        let mut checked = Self::default();
        let mut any_other = false;
        for setting in settings(diag, &field.attrs) {
            any_other |= setting.key != "skip";
            checked.set(diag, setting);
        }
        if let (Some(_), Some(display)) = (checked.debug.get(), checked.display.get()) {
            diag.error(
                display,
                "a field cannot have both `debug` and `display`; remove one of them",
            );
        } else if let (Some(skip), true) = (checked.skip.get(), any_other) {
            diag.error(
                skip,
                "a skipped field accepts no other argument; remove `skip`, or the others",
            );
        } else if checked.redact.is_set() {
            for format in [&checked.debug, &checked.display] {
                if let Some(format) = format.get() {
                    diag.error(
                        format,
                        format_args!(
                            "a redacted field is not formatted; remove `{format}` or `redact`"
                        ),
                    );
                }
            }
        }
        checked
    }

    fn set(&mut self, diag: &mut Diagnostics, Setting { key, value }: Setting) {
        match (key.to_string().as_str(), value) {
            ("skip", SettingValue::None) => self.skip.set(diag, &key, key.clone()),
            ("redact", SettingValue::None) => self.redact.set(diag, &key, key.clone()),
            ("debug", SettingValue::None) => self.debug.set(diag, &key, key.clone()),
            ("display", SettingValue::None) => self.display.set(diag, &key, key.clone()),
            ("rename", value) => match string(&value) {
                Some(name) => {
                    check_shown(diag, name, "the name of a field");
                    self.rename.set(diag, &key, name.value());
                }
                None => wrong_value(diag, &key, value, EXPECTED_STRING),
            },
            (name @ ("skip" | "redact" | "debug" | "display"), value) => {
                let message = format!("`{name}` accepts no value; write only `{name}`");
                wrong_value(diag, &key, value, &message);
            }
            ("crate", _) => {
                diag.error(
                    key,
                    "`crate` cannot be used on a field; put it on the struct",
                );
            }
            (name, _) => diag.error(&key, unknown_argument(name, &FIELD_KEYS)),
        }
    }
}

fn check_field(diag: &mut Diagnostics, field: &Field) -> Option<DataField> {
    let settings = FieldSettings::check(diag, field);
    let name = field.ident.clone()?;
    if settings.skip.is_set() {
        return None;
    }
    let form = if settings.redact.is_set() {
        Form::Redacted
    } else if settings.debug.is_set() {
        Form::Debug
    } else if settings.display.is_set() {
        Form::Display
    } else {
        Form::Plain
    };
    let rename = settings.rename.into_inner();
    Some(DataField {
        key: rename.unwrap_or_else(|| name.unraw().to_string()),
        ty: field.ty.clone(),
        name,
        form,
    })
}

/// The value of a string literal.
fn string(value: &SettingValue) -> Option<&LitStr> {
    let SettingValue::Expr(expr) = value else {
        return None;
    };
    let mut expr = expr;
    // A macro's `$key:literal` is in an invisible group.
    while let Expr::Group(group) = expr {
        expr = &group.expr;
    }
    match expr {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Some(text),
        _ => None,
    }
}
