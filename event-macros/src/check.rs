//! Checks: what the attribute's arguments mean for the function, or everything that is wrong.

use std::collections::HashSet;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::{Attribute, Error, Expr, Path, ReturnType};

use crate::args::{FieldArg, FieldValue, KEYS, KindArg, Setting, SettingValue, TriggerArgs};
use crate::arguments::WHOLE;
use crate::diag::{Diagnostics, Once, did_you_mean, unknown_argument};
use crate::exits;
use crate::kind;
use crate::returned::returns_impl_fn;
use crate::target::Function;

/// The attribute's arguments, in order.
pub(crate) struct Checked {
    /// An expression of type `Kind`, usable in a static.
    pub(crate) kind: Kind,
    pub(crate) fields: Vec<Field>,
    pub(crate) ret: bool,
    /// The word itself, for the compiler to underline where the value is no `Result`.
    pub(crate) err: Option<Ident>,
    /// The path of the runtime crate.
    pub(crate) krate: TokenStream,
}

pub(crate) enum Kind {
    Literal(syn::LitStr),
    Path(Path),
}

/// One field of the event's data.
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) value: Source,
}

/// Where a field's value comes from.
pub(crate) enum Source {
    /// An argument, captured by default.
    Argument(Ident),
    /// An argument, asked for.
    Given(Ident),
    Plain(Expr),
    Debug(Expr),
    Display(Expr),
}

/// What `data(…)` says; nothing for what is captured by default.
impl ToTokens for Source {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Argument(_) => {}
            Self::Given(name) => name.to_tokens(tokens),
            Self::Plain(expr) | Self::Debug(expr) | Self::Display(expr) => expr.to_tokens(tokens),
        }
    }
}

impl Source {
    /// Whether `data(…)` asks for it, so that the arguments must be there by their names.
    pub(crate) const fn is_asked_for(&self) -> bool {
        !matches!(self, Self::Argument(_))
    }
}

#[derive(Default)]
struct Settings {
    data: Vec<FieldArg>,
    skip: Vec<Ident>,
    skip_all: Option<Ident>,
    ret: Option<Ident>,
    err: Option<Ident>,
    krate: Option<Path>,
}

impl Checked {
    pub(crate) fn new(args: TriggerArgs, function: &Function) -> Result<Self, Error> {
        let mut diag = Diagnostics::default();
        check_kind_is_there(&mut diag, &args);
        let kind = check_kind(&mut diag, args.kind);
        let settings = check_settings(&mut diag, args.options);
        check_function(&mut diag, &settings, function);
        check_names(&mut diag, &settings, function);
        let fields = collect_fields(&settings.data, &settings, function);
        let Settings {
            ret, err, krate, ..
        } = settings;
        let krate = crate_path(krate);
        diag.finish()?;
        let kind = kind.ok_or_else(|| Error::new(Span::call_site(), "no kind"))?;
        Ok(Self {
            kind,
            fields,
            ret: ret.is_some(),
            err,
            krate,
        })
    }
}

/// Checks the arguments of an attribute on a block, which each function in it gets, and returns the
/// path of the runtime crate.
pub(crate) fn check_block(args: &TriggerArgs) -> Result<TokenStream, Error> {
    let mut diag = Diagnostics::default();
    check_kind_is_there(&mut diag, args);
    check_kind(&mut diag, args.kind.clone());
    let settings = check_settings(&mut diag, args.options.clone());
    check_skips(&mut diag, &settings);
    if let Some(field) = settings.data.first() {
        diag.error(
            &field.name,
            "`data(…)` is about one function's arguments; put it into an attribute on the function",
        );
    }
    diag.finish()?;
    Ok(crate_path(settings.krate))
}

fn crate_path(path: Option<Path>) -> TokenStream {
    path.map_or_else(|| quote!(::event_core), |path| quote!(#path))
}

fn check_kind_is_there(diag: &mut Diagnostics, args: &TriggerArgs) {
    // `kind = "…"` has an error of its own.
    if args.kind.is_none() && args.options.iter().all(|option| option.key != "kind") {
        let message = "missing event kind; write for example `#[trigger_event(\"app:parse\")]`";
        diag.add(Error::new(Span::call_site(), message));
    }
}

fn check_kind(diag: &mut Diagnostics, kind: Option<KindArg>) -> Option<Kind> {
    match kind {
        Some(KindArg::Literal(literal)) => {
            kind::check(diag, &literal);
            return Some(Kind::Literal(literal));
        }
        Some(KindArg::Path(path)) if path.is_ident("Self") || starts_with_self(&path) => diag.error(
            path,
            "the kind is kept in a static, which cannot name `Self`; write the type's own name, \
             or a string such as `\"app:parse\"`",
        ),
        Some(KindArg::Path(path)) => return Some(Kind::Path(path)),
        Some(KindArg::Other(tokens)) => diag.error(
            tokens,
            "expected an event kind: a string such as `\"app:parse\"`, or the path of a constant \
             of type `Kind`",
        ),
        None => {}
    }
    None
}

fn starts_with_self(path: &Path) -> bool {
    path.segments
        .first()
        .is_some_and(|first| first.ident == "Self")
}

fn check_settings(diag: &mut Diagnostics, options: Vec<Setting>) -> Settings {
    let (mut data, mut skip, mut skip_all) = (Once::new(), Once::new(), Once::new());
    let (mut ret, mut err, mut krate) = (Once::new(), Once::new(), Once::new());
    for Setting { key, value } in options {
        match (key.to_string().as_str(), value) {
            ("data", SettingValue::Data(fields)) => data.set(diag, &key, fields),
            ("skip", SettingValue::Names(names)) => skip.set(diag, &key, names),
            ("skip_all", SettingValue::None) => skip_all.set(diag, &key, key.clone()),
            ("ret", SettingValue::None) => ret.set(diag, &key, key.clone()),
            ("err", SettingValue::None) => err.set(diag, &key, key.clone()),
            // Said by a block, for a function's other attributes to be asked.
            ("__gives_way", SettingValue::None) => {}
            ("crate", SettingValue::Path(path)) => krate.set(diag, &key, path),
            (name, value) => wrong_setting(diag, &key, name, value),
        }
    }
    Settings {
        data: data.into_inner().unwrap_or_default(),
        skip: skip.into_inner().unwrap_or_default(),
        skip_all: skip_all.into_inner(),
        ret: ret.into_inner(),
        err: err.into_inner(),
        krate: krate.into_inner(),
    }
}

fn wrong_setting(diag: &mut Diagnostics, key: &Ident, name: &str, value: SettingValue) {
    let form = match name {
        "data" => "`data(name = value, …)`",
        "skip" => "`skip(argument, …)`",
        "crate" => "a path, as in `crate = my_crate::event_core`",
        "skip_all" | "ret" | "err" => "it alone, without a value",
        "kind" => {
            diag.error(
                key,
                "write the event kind by itself, and first: `\"app:parse\"`",
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
        SettingValue::Other(tokens) if !tokens.is_empty() => diag.error(tokens, message),
        _ => diag.error(key, message),
    }
}

fn check_function(diag: &mut Diagnostics, settings: &Settings, function: &Function) {
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
    if let (Some(err), ReturnType::Default) = (&settings.err, &function.sig.output) {
        diag.error(
            err,
            "`err` needs a function that returns a `Result`, and this returns nothing",
        );
    }
    if returns_impl_fn(&function.sig.output) {
        for key in settings.ret.iter().chain(&settings.err) {
            diag.error(
                key,
                format_args!("`{key}` cannot look into an `impl Fn` that is returned; remove it"),
            );
        }
    }
    check_skips(diag, settings);
}

fn check_skips(diag: &mut Diagnostics, settings: &Settings) {
    if let (Some(skip_all), false) = (&settings.skip_all, settings.skip.is_empty()) {
        diag.error(
            skip_all,
            "`skip_all` skips every argument; remove it or `skip(…)`",
        );
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
    for name in &settings.skip {
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
    for field in &settings.data {
        check_stays(diag, field);
    }
    let mut fields = HashSet::new();
    for field in &settings.data {
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
fn collect_fields(data: &[FieldArg], settings: &Settings, function: &Function) -> Vec<Field> {
    let replaced = |name: &Ident| data.iter().any(|field| field.name == *name);
    let mut fields = Vec::new();
    for name in function.bindings() {
        // Of an attribute that came before by another name: no name of the user's.
        if name.to_string().starts_with(WHOLE) {
            continue;
        }
        let skipped = settings.skip_all.is_some() || settings.skip.contains(name);
        if !skipped && !replaced(name) {
            let value = Source::Argument(name.clone());
            fields.push(Field {
                name: name.unraw().to_string(),
                value,
            });
        }
    }
    for FieldArg { name, value } in data {
        let value = match value {
            FieldValue::Argument => Source::Given(name.clone()),
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
