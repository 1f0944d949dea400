//! Checks of a function's attributes: finds everything that is wrong with them.

use std::collections::HashSet;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::{Attribute, Error, Expr, LitStr, Path, ReturnType, parse2};

use super::args::{KindArg, TriggerArgs};
use super::field::{FieldArg, FieldValue};
use super::settings::{ErrArg, Kind, RetArg, Settings};
use crate::diag::Diagnostics;
use crate::escape::check_shown;
use crate::runtime::crate_path;
use crate::suggest::did_you_mean;
use crate::syntax::exits;
use crate::syntax::function::Function;
use crate::syntax::return_type::{returns_impl_fn, returns_unit};

/// One attribute of a function, after the checks.
pub(crate) struct Checked {
    pub(crate) kind: Kind,
    /// The fields of the event's data, in order.
    pub(crate) fields: Vec<Field>,
    pub(crate) ret: Option<RetArg>,
    pub(crate) err: Option<ErrArg>,
    /// A statement that the `err` of a block adds to one of its functions.
    pub(crate) demand: Option<TokenStream>,
    /// The name that replaces the path of the function.
    pub(crate) name: Option<LitStr>,
    /// The path of the runtime crate.
    pub(crate) krate: TokenStream,
    /// Whether the attribute has `crate = …`.
    pub(crate) names_crate: bool,
}

/// One field of the event's data.
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) source: Source,
}

impl Field {
    fn argument(name: &Ident, is_redacted: bool) -> Self {
        let source = if is_redacted {
            Source::Redacted
        } else {
            Source::Implicit
        };
        Self {
            name: name.unraw().to_string(),
            source: source(name.clone()),
        }
    }
}

/// Where a field's value comes from.
pub(crate) enum Source {
    /// An argument that is captured by default.
    Implicit(Ident),
    /// An argument whose value `redact(…)` replaces.
    Redacted(Ident),
    /// An argument that `data(…)` names.
    Explicit(Ident),
    Plain(Expr),
    Debug(Expr),
    Display(Expr),
}

/// The tokens in `data(…)` that name or compute the value.
impl ToTokens for Source {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Implicit(_) | Self::Redacted(_) => {}
            Self::Explicit(name) => name.to_tokens(tokens),
            Self::Plain(expr) | Self::Debug(expr) | Self::Display(expr) => expr.to_tokens(tokens),
        }
    }
}

impl Source {
    pub(crate) const fn is_redacted(&self) -> bool {
        matches!(self, Self::Redacted(_))
    }

    /// Whether the field is in `data(…)`, so that the arguments must be available by their names.
    pub(crate) const fn is_in_data(&self) -> bool {
        !matches!(self, Self::Implicit(_) | Self::Redacted(_))
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

/// Reports attributes with the kind of an earlier one.
fn check_distinct(diag: &mut Diagnostics, attributes: &[TriggerArgs]) {
    let mut texts = HashSet::new();
    for TriggerArgs { kind, .. } in attributes {
        let text = match kind {
            Some(KindArg::Literal(literal)) => literal.value(),
            other => other.to_token_stream().to_string(),
        };
        if texts.insert(text) {
            continue;
        }
        match kind {
            Some(kind) => diag.error(
                kind,
                "duplicate event kind; remove one of the two attributes",
            ),
            None => diag.add(Error::new(
                Span::call_site(),
                "two attributes without an event kind have the same kind, the path of the module; \
                 remove one of them",
            )),
        }
    }
}

impl Checked {
    /// Checks one attribute. Returns `None` if its kind is wrong.
    fn new(diag: &mut Diagnostics, args: TriggerArgs, function: &Function) -> Option<Self> {
        let settings = Settings::check(diag, args);
        check_options(diag, &settings, function);
        check_names(diag, &settings, function);
        Some(Self {
            fields: collect_fields(&settings, function),
            kind: settings.kind?,
            ret: settings.ret.into_inner(),
            err: settings.err.into_inner(),
            demand: None,
            name: settings.name.into_inner(),
            names_crate: settings.krate.is_set(),
            krate: crate_path(settings.krate.into_inner()),
        })
    }

    /// Whether `ret` or `err` inspects the returned value.
    pub(crate) const fn inspects_value(&self) -> bool {
        self.ret.is_some() || self.err.is_some()
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
            "#[trigger_event] cannot be used on a `const fn`, which may run at compile time; \
             remove `const`, or annotate its callers",
        );
    }
    if let Some(naked) = function.attrs.iter().find(|attr| is_naked(attr)) {
        diag.error(
            naked,
            "#[trigger_event] cannot be used on a naked function, whose body is only assembly; \
             annotate its callers",
        );
    }
    if let Some(variadic) = &function.sig.variadic {
        diag.error(
            variadic,
            "#[trigger_event] cannot be used on a C-variadic function; annotate its callers",
        );
    }
}

fn is_naked(attr: &Attribute) -> bool {
    let is_unsafe_naked = || {
        attr.path().is_ident("unsafe")
            && attr
                .parse_args::<Path>()
                .is_ok_and(|path| path.is_ident("naked"))
    };
    attr.path().is_ident("naked") || is_unsafe_naked()
}

/// Reports options that do not fit the return type.
fn check_options(diag: &mut Diagnostics, settings: &Settings, function: &Function) {
    let Settings { ret, err, .. } = settings;
    if let (Some(err), ReturnType::Default) = (err.get(), &function.sig.output) {
        diag.error(
            &err.word,
            "`err` needs a function that returns a `Result`, and this returns nothing; remove \
             `err`, or return a `Result`",
        );
    }
    let display = ret.get().and_then(RetArg::display_of_function);
    if let Some(format) = display.filter(|_| returns_unit(&function.sig.output)) {
        diag.error(
            format,
            "`ret(Display)` needs a value, and this returns none; remove `ret(Display)`",
        );
    }
    if returns_impl_fn(&function.sig.output) {
        let name = &function.sig.ident; // the attribute may be that of a block
        let ret = ret.get().map(|ret| &ret.word);
        for key in ret.into_iter().chain(err.get().map(|err| &err.word)) {
            diag.error(
                key,
                format_args!(
                    "`{key}` cannot inspect the `impl Fn` that `{name}` returns; remove `{key}`, or \
                     give `{name}` a `#[trigger_event(…)]` of its own without `{key}`"
                ),
            );
        }
    }
}

/// Reports names that are unknown, given twice, or both skipped and captured.
fn check_names(diag: &mut Diagnostics, settings: &Settings, function: &Function) {
    let mut skipped = HashSet::new();
    for name in settings.skipped() {
        if skipped.insert(name) {
            check_is_argument(diag, name, function);
        } else {
            diag.error(
                name,
                format_args!("duplicate name `{name}` in `skip`; remove it"),
            );
        }
    }
    let redacted = check_redacted(diag, settings, function, &skipped);
    for field in settings.data() {
        check_has_no_exit(diag, field);
        check_is_not_empty(diag, field);
        if let Ok(literal) = parse2(field.name.tokens.clone()) {
            check_shown(diag, &literal, "the name of a field");
        }
    }
    let mut fields = HashSet::new();
    for FieldArg { name, value } in settings.data() {
        if !fields.insert(&name.text) {
            let text = &name.text;
            diag.error(
                &name.tokens,
                format_args!("duplicate field `{text}` in `data`; remove or rename it"),
            );
        } else if redacted.contains(&name.text) {
            let text = &name.text;
            diag.error(
                &name.tokens,
                format_args!("`{text}` is in both `redact` and `data`; remove one of them"),
            );
        } else if let FieldValue::Argument(name) = value {
            if skipped.contains(name) {
                diag.error(
                    name,
                    format_args!("`{name}` is in both `skip` and `data`; remove one of them"),
                );
            } else {
                check_is_argument_or_field(diag, name, function);
            }
        }
    }
}

/// Reports a field that is `Empty`, as in `tracing`, where it declares a field.
fn check_is_not_empty(diag: &mut Diagnostics, FieldArg { name, value }: &FieldArg) {
    let FieldValue::Plain(Expr::Path(expr)) = value else {
        return;
    };
    let words: Vec<String> = expr
        .path
        .segments
        .iter()
        .map(|it| it.ident.to_string())
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if matches!(words[..], ["Empty"] | [.., "field", "Empty"]) {
        let text = &name.text;
        diag.error(
            expr,
            format_args!(
                "a field need not be declared; remove it, and write \
                 `add_data(data! {{ {text} = … }})` in the body, or `{text} = ?Empty` for a value \
                 of this name"
            ),
        );
    }
}

/// Reports names in `redact` that are unknown, given twice, or skipped. Returns their texts.
fn check_redacted(
    diag: &mut Diagnostics,
    settings: &Settings,
    function: &Function,
    skipped: &HashSet<&Ident>,
) -> HashSet<String> {
    let mut redacted = HashSet::new();
    for name in settings.redacted() {
        if !redacted.insert(name.unraw().to_string()) {
            diag.error(
                name,
                format_args!("duplicate name `{name}` in `redact`; remove it"),
            );
        } else if name == "self" {
            check_redacts_no_self(diag, name);
        } else if skipped.contains(name) {
            diag.error(
                name,
                format_args!("`{name}` is in both `skip` and `redact`; remove one of them"),
            );
        } else if !settings
            .data()
            .iter()
            .any(|field| name.unraw() == field.name.text)
        {
            check_is_argument(diag, name, function); // `check_names` reports a field of `data`
        }
    }
    redacted
}

/// Reports `name` in `redact` if it is `self`.
pub(crate) fn check_redacts_no_self(diag: &mut Diagnostics, name: &Ident) {
    if name == "self" {
        diag.error(
            name,
            "`self` is not captured, so there is nothing to redact; remove it",
        );
    }
}

fn check_is_argument(diag: &mut Diagnostics, name: &Ident, function: &Function) {
    if let Some(suggestion) = suggestion_for_unknown(name, function) {
        diag.error(
            name,
            format_args!("the function has no argument `{name}`{suggestion}"),
        );
    }
}

/// Does the same as [`check_is_argument`] for a field of `data`. In `fields(rows)` of `tracing`, a
/// name without a value declares a field that the body records.
fn check_is_argument_or_field(diag: &mut Diagnostics, name: &Ident, function: &Function) {
    match suggestion_for_unknown(name, function) {
        Some(suggestion) if suggestion.is_empty() && name != "self" => diag.error(
            name,
            format_args!(
                "the function has no argument `{name}`; write `{name} = …` here, or \
                 `add_data(data! {{ {name} = … }})` in the body"
            ),
        ),
        Some(suggestion) => diag.error(
            name,
            format_args!("the function has no argument `{name}`{suggestion}"),
        ),
        None => {}
    }
}

/// Returns the end of an error if `name` is no argument of the function.
fn suggestion_for_unknown(name: &Ident, function: &Function) -> Option<String> {
    let arguments = function.bindings();
    if arguments.contains(&name) || (name == "self" && function.has_self()) {
        return None;
    }
    let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
    let names = arguments.iter().map(String::as_str);
    Some(did_you_mean(&name.to_string(), names))
}

/// Reports a `return`, `?` or `.await`, which would leave or suspend the function before its body.
fn check_has_no_exit(diag: &mut Diagnostics, field: &FieldArg) {
    let (FieldValue::Plain(expr) | FieldValue::Debug(expr) | FieldValue::Display(expr)) =
        &field.value
    else {
        return;
    };
    exits::for_each(&mut expr.clone(), &mut |exit| {
        let message = match exit {
            Expr::Await(_) => {
                "`.await` cannot be used in `data(…)`; write a value that needs no `.await`"
            }
            Expr::Try(_) => "`?` cannot be used in `data(…)`; write for example `.ok()`",
            _ => {
                "`return` cannot be used in `data(…)`; write an expression that always has a value"
            }
        };
        diag.error(exit, message);
    });
}

/// The fields of the data: the arguments in order, then those that `data(…)` adds.
///
/// A field in `data(…)` with the name of an argument replaces that argument.
fn collect_fields(settings: &Settings, function: &Function) -> Vec<Field> {
    let data = settings.data();
    let mut fields = Vec::new();
    for name in function.bindings() {
        let key = name.unraw().to_string();
        let is_replaced = data.iter().any(|field| field.name.text == key);
        let is_skipped = settings.skip_all.is_set() || settings.skipped().contains(name);
        if !is_skipped && !is_replaced {
            let is_redacted = settings.redacted().contains(name);
            fields.push(Field::argument(name, is_redacted));
        }
    }
    for FieldArg { name, value } in data {
        let source = match value {
            FieldValue::Argument(name) => Source::Explicit(name.clone()),
            FieldValue::Plain(expr) => Source::Plain(expr.clone()),
            FieldValue::Debug(expr) => Source::Debug(expr.clone()),
            FieldValue::Display(expr) => Source::Display(expr.clone()),
        };
        fields.push(Field {
            name: name.text.clone(),
            source,
        });
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Only a nightly compiler accepts such a function, so that no ui test can show the error.
    #[test]
    fn variadic_function_is_an_error() {
        let args = syn::parse_quote!("app:log");
        let item = quote!(
            unsafe extern "C" fn log(_: u8, _: ...) {}
        );
        let function = Function::read(item).expect("it is a function");
        let error = check(vec![args], &function).err().expect("it is an error");
        assert!(error.to_string().contains("C-variadic"), "{error}");
    }
}
