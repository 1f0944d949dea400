//! Checks: the fields that become data, or everything that is wrong.

use proc_macro2::{Ident, TokenStream};
use syn::ext::IdentExt;
use syn::{
    Attribute, Data, DeriveInput, Error, Expr, ExprLit, Field, Fields, FieldsNamed, Lit, Path, Type,
};

use super::args::{DataArgs, FIELD_KEYS, Setting};
use crate::diag::{Diagnostics, Once};
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

    /// No fields, for an implementation beside the errors.
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
                "#[derive(EventData)] needs named fields, whose names are the keys",
            ),
        },
        Data::Enum(data) => diag.error(
            data.enum_token,
            "#[derive(EventData)] stands on a struct with named fields, and this is an `enum`",
        ),
        Data::Union(data) => diag.error(
            data.union_token,
            "#[derive(EventData)] stands on a struct with named fields, and this is a `union`",
        ),
    }
    None
}

/// The settings in all `#[data(…)]` of `attrs`.
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
        match value {
            Some(Expr::Path(path)) if key == "crate" => krate.set(diag, &key, path.path),
            Some(other) if key == "crate" => {
                diag.error(other, "expected a path, as in `crate = my_crate::event_core`");
            }
            _ => diag.error(
                key,
                "unknown argument of a struct, expected `crate = path`; the others belong on fields",
            ),
        }
    }
    krate.into_inner()
}

/// The settings of one field.
#[derive(Default)]
struct FieldSettings {
    skip: Once<Ident>,
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
                "a field is printed by `debug` or by `display`, not by both",
            );
        } else if let (Some(skip), true) = (checked.skip.get(), any_other) {
            diag.error(
                skip,
                "a field that is skipped needs nothing else; remove one",
            );
        }
        checked
    }

    fn set(&mut self, diag: &mut Diagnostics, Setting { key, value }: Setting) {
        match (key.to_string().as_str(), value) {
            ("skip", None) => self.skip.set(diag, &key, key.clone()),
            ("debug", None) => self.debug.set(diag, &key, key.clone()),
            ("display", None) => self.display.set(diag, &key, key.clone()),
            ("rename", Some(value)) => match string(&value) {
                Some(name) => self.rename.set(diag, &key, name),
                None => diag.error(value, "expected a string, as in `rename = \"key\"`"),
            },
            ("rename", None) => diag.error(key, "write `rename = \"key\"`"),
            (name @ ("skip" | "debug" | "display"), Some(value)) => {
                diag.error(value, format_args!("`{name}` takes no value"));
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
    let form = if settings.debug.is_set() {
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

fn string(value: &Expr) -> Option<String> {
    match value {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Some(text.value()),
        // A macro's `$key:literal` is in an invisible group.
        Expr::Group(group) => string(&group.expr),
        _ => None,
    }
}
