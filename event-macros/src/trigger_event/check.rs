//! Checks: what a function's attributes mean for it, or everything that is wrong.

use std::collections::HashSet;

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::{Attribute, Error, Expr, Path, ReturnType};

use super::args::{FieldArg, FieldValue, KindArg, TriggerArgs};
use super::settings::{Kind, Settings};
use crate::diag::Diagnostics;
use crate::runtime::crate_path;
use crate::suggest::did_you_mean;
use crate::syntax::exits;
use crate::syntax::function::Function;
use crate::syntax::return_type::returns_impl_fn;

/// One attribute, which is valid for its function.
pub(crate) struct Checked {
    pub(crate) kind: Kind,
    /// The fields of the event's data, in order.
    pub(crate) fields: Vec<Field>,
    pub(crate) ret: bool,
    /// The word `err`, which the compiler underlines if the value is not a `Result`.
    pub(crate) err: Option<Ident>,
    /// The path of the runtime crate.
    pub(crate) krate: TokenStream,
}

/// One field of the event's data.
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) value: Source,
}

/// Where a field's value comes from.
pub(crate) enum Source {
    /// An argument that is captured by default.
    Implicit(Ident),
    /// An argument that `data(…)` names.
    Explicit(Ident),
    Plain(Expr),
    Debug(Expr),
    Display(Expr),
}

/// The tokens that `data(…)` has for the value.
impl ToTokens for Source {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Implicit(_) => {}
            Self::Explicit(name) => name.to_tokens(tokens),
            Self::Plain(expr) | Self::Debug(expr) | Self::Display(expr) => expr.to_tokens(tokens),
        }
    }
}

impl Source {
    /// Whether `data(…)` has it, so that the arguments must be available by their names.
    pub(crate) const fn is_in_data(&self) -> bool {
        !matches!(self, Self::Implicit(_))
    }
}

/// Checks all attributes of `function`, outermost first.
pub(crate) fn check(
    attributes: Vec<TriggerArgs>,
    function: &Function,
) -> Result<Vec<Checked>, Error> {
    let mut diag = Diagnostics::default();
    check_distinct(&mut diag, &attributes);
    check_function(&mut diag, function);
    let mut checked = Vec::new();
    for args in attributes {
        checked.extend(Checked::new(&mut diag, args, function));
    }
    diag.finish()?;
    Ok(checked)
}

/// Reports kinds that several attributes have.
fn check_distinct(diag: &mut Diagnostics, attributes: &[TriggerArgs]) {
    let mut texts = HashSet::new();
    for kind in attributes.iter().filter_map(|args| args.kind.as_ref()) {
        let text = match kind {
            KindArg::Literal(literal) => literal.value(),
            KindArg::Path(_) | KindArg::Other(_) => kind.to_token_stream().to_string(),
        };
        if !texts.insert(text) {
            diag.error(
                kind,
                "the function has this event already; remove one of the two attributes",
            );
        }
    }
}

impl Checked {
    /// Checks one attribute; `None` if its kind is wrong.
    fn new(diag: &mut Diagnostics, args: TriggerArgs, function: &Function) -> Option<Self> {
        let settings = Settings::check(diag, args);
        check_options(diag, &settings, function);
        check_names(diag, &settings, function);
        Some(Self {
            fields: collect_fields(&settings, function),
            kind: settings.kind?,
            ret: settings.ret.is_set(),
            err: settings.err.into_inner(),
            krate: crate_path(settings.krate.into_inner()),
        })
    }

    /// The path of the runtime's module for expansions.
    pub(crate) fn private(&self) -> TokenStream {
        let krate = &self.krate;
        quote!(#krate::__private)
    }
}

/// Reports functions that cannot be annotated.
fn check_function(diag: &mut Diagnostics, function: &Function) {
    if let Some(constness) = &function.sig.constness {
        diag.error(
            constness,
            "#[trigger_event] cannot stand on a `const fn`: the compiler runs it, and no listener \
             is there; remove `const`, or annotate the callers",
        );
    }
    if let Some(naked) = function.attrs.iter().find(|attr| is_naked(attr)) {
        diag.error(
            naked,
            "#[trigger_event] cannot stand on a naked function, which has no body but assembly",
        );
    }
    if let Some(variadic) = &function.sig.variadic {
        diag.error(
            variadic,
            "#[trigger_event] cannot stand on a C-variadic function",
        );
    }
}

/// Reports options that do not fit what the function returns.
fn check_options(diag: &mut Diagnostics, settings: &Settings, function: &Function) {
    let Settings { ret, err, .. } = settings;
    if let (Some(err), ReturnType::Default) = (err.get(), &function.sig.output) {
        diag.error(
            err,
            "`err` needs a function that returns a `Result`, and this returns nothing",
        );
    }
    if returns_impl_fn(&function.sig.output) {
        for key in ret.get().into_iter().chain(err.get()) {
            diag.error(
                key,
                format_args!("`{key}` cannot look into an `impl Fn` that is returned; remove it"),
            );
        }
    }
}

fn is_naked(attr: &Attribute) -> bool {
    attr.path().is_ident("naked")
        || (attr.path().is_ident("unsafe")
            && attr
                .parse_args::<Path>()
                .is_ok_and(|path| path.is_ident("naked")))
}

fn check_names(diag: &mut Diagnostics, settings: &Settings, function: &Function) {
    let bindings: Vec<String> = function
        .bindings()
        .iter()
        .map(ToString::to_string)
        .collect();
    let is_argument = |name: &Ident| {
        bindings.iter().any(|binding| name == binding) || (name == "self" && function.has_self())
    };
    let unknown = |diag: &mut Diagnostics, name: &Ident| {
        let near = did_you_mean(&name.to_string(), bindings.iter().map(String::as_str));
        diag.error(
            name,
            format_args!("the function has no argument `{name}`{near}"),
        );
    };
    let mut seen = HashSet::new();
    for name in settings.skipped() {
        if name == "self" {
            diag.error(
                name,
                "`self` is not captured unless `data(self)` asks for it",
            );
        } else if !is_argument(name) {
            unknown(diag, name);
        } else if !seen.insert(name) {
            diag.error(name, format_args!("`{name}` is skipped twice"));
        }
    }
    for field in settings.data() {
        check_stays(diag, field);
    }
    let mut fields = HashSet::new();
    for field in settings.data() {
        let name = &field.name;
        if !fields.insert(name) {
            diag.error(name, format_args!("duplicate field `{name}`"));
        } else if matches!(field.value, FieldValue::Argument) {
            if !is_argument(name) {
                unknown(diag, name);
            } else if seen.contains(name) {
                diag.error(name, format_args!("`{name}` is in `skip` and in `data`"));
            }
        }
    }
}

/// Reports what would leave the function before its body.
fn check_stays(diag: &mut Diagnostics, field: &FieldArg) {
    let (FieldValue::Plain(expr) | FieldValue::Debug(expr) | FieldValue::Display(expr)) =
        &field.value
    else {
        return;
    };
    exits::for_each(&mut expr.clone(), &mut |exit| {
        diag.error(
            exit,
            "data is collected beside the function, which it cannot leave or suspend",
        );
    });
}

/// The arguments in order, then what `data` adds; a field named as an argument takes its place.
fn collect_fields(settings: &Settings, function: &Function) -> Vec<Field> {
    let data = settings.data();
    let replaced = |name: &Ident| data.iter().any(|field| field.name == *name);
    let mut fields = Vec::new();
    for name in function.bindings() {
        let skipped = settings.skip_all.is_set() || settings.skipped().contains(name);
        if !skipped && !replaced(name) {
            let value = Source::Implicit(name.clone());
            fields.push(Field {
                name: name.unraw().to_string(),
                value,
            });
        }
    }
    for FieldArg { name, value } in data {
        let value = match value {
            FieldValue::Argument => Source::Explicit(name.clone()),
            FieldValue::Plain(expr) => Source::Plain(expr.clone()),
            FieldValue::Debug(expr) => Source::Debug(expr.clone()),
            FieldValue::Display(expr) => Source::Display(expr.clone()),
        };
        fields.push(Field {
            name: name.unraw().to_string(),
            value,
        });
    }
    fields
}
