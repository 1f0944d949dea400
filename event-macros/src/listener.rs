//! `#[derive(Listener)]`: a listener of methods and of other listeners.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{
    Attribute, Data, DeriveInput, Error, ExprPath, Field, Fields, Ident, LitBool, LitStr, Member,
    Path, Token, Type, Variant, parse2,
};

use crate::diag::{Diagnostics, Once, unknown_argument};
use crate::kind;
use crate::listener_expand::expand;

const KEYS: [&str; 4] = ["on_start", "on_end", "wants_data", "crate"];

/// Expands the derive; with mistakes, to the errors and a listener that does nothing.
pub(crate) fn derive(input: TokenStream) -> TokenStream {
    let input = match parse2::<DeriveInput>(input) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    match Checked::new(&input) {
        Ok(checked) => expand(&input, checked),
        Err(error) => {
            let nothing = Checked {
                krate: stated_crate(&input),
                rules: Vec::new(),
                forwards: Forwards::Struct(Vec::new()),
            };
            let (errors, fallback) = (error.into_compile_error(), expand(&input, nothing));
            quote!(#errors #fallback)
        }
    }
}

/// The path of the runtime crate, whatever else is wrong.
fn stated_crate(input: &DeriveInput) -> TokenStream {
    let (mut diag, mut krate) = (Diagnostics::default(), Once::new());
    for args in listen_attributes(&mut diag, &input.attrs) {
        check_rule(&mut diag, args, &mut krate);
    }
    let _ = diag.finish();
    krate
        .into_inner()
        .map_or_else(|| quote!(::event_core), |path: Path| quote!(#path))
}

/// `KIND, key = value, …` in one `#[listen(…)]`.
struct ListenArgs {
    filter: Option<Filter>,
    settings: Vec<(Ident, SettingValue)>,
}

pub(crate) enum Filter {
    Literal(LitStr),
    Path(Path),
}

enum SettingValue {
    None,
    Path(ExprPath),
    Bool(LitBool),
    Other(TokenStream),
}

impl Parse for ListenArgs {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let filter = if input.peek(LitStr) {
            Some(Filter::Literal(input.parse()?))
        } else {
            let fork = input.fork();
            let is_path = fork
                .call(Path::parse_mod_style)
                .is_ok_and(|path| !is_key(&path))
                && (fork.is_empty() || fork.peek(Token![,]));
            if is_path {
                Some(Filter::Path(input.call(Path::parse_mod_style)?))
            } else {
                None
            }
        };
        if filter.is_some() && !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
        let settings = Punctuated::<_, Token![,]>::parse_terminated_with(input, parse_setting)?;
        Ok(Self {
            filter,
            settings: settings.into_iter().collect(),
        })
    }
}

/// Whether a path is the name of an argument, and not of a kind.
fn is_key(path: &Path) -> bool {
    is_forward(path) || KEYS.iter().any(|key| path.is_ident(key))
}

fn is_forward(path: &Path) -> bool {
    path.is_ident("forward")
}

fn parse_setting(input: ParseStream<'_>) -> syn::Result<(Ident, SettingValue)> {
    if !input.peek(Ident::peek_any) {
        let keys = KEYS.map(|key| format!("`{key}`")).join(", ");
        return Err(input.error(format_args!("expected a kind, and behind it any of {keys}")));
    }
    let key = input.call(Ident::parse_any)?;
    if !input.peek(Token![=]) {
        return Ok((key, SettingValue::None));
    }
    input.parse::<Token![=]>()?;
    let fork = input.fork();
    let ends = |fork: ParseStream<'_>| fork.is_empty() || fork.peek(Token![,]);
    let value = if input.peek(LitBool) {
        SettingValue::Bool(input.parse()?)
    } else if fork.parse::<ExprPath>().is_ok() && ends(&fork) {
        SettingValue::Path(input.parse()?)
    } else {
        SettingValue::Other(input.parse::<syn::Expr>()?.into_token_stream())
    };
    Ok((key, value))
}

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
    fn new(input: &DeriveInput) -> Result<Self, Error> {
        let mut diag = Diagnostics::default();
        let mut krate = Once::new();
        let rules = listen_attributes(&mut diag, &input.attrs)
            .into_iter()
            .map(|args| check_rule(&mut diag, args, &mut krate))
            .collect::<Vec<_>>();
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
        let krate = krate.into_inner();
        let krate = krate.map_or_else(|| quote!(::event_core), |path: Path| quote!(#path));
        Ok(Self {
            krate,
            rules,
            forwards,
        })
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

fn listen_attributes(diag: &mut Diagnostics, attrs: &[Attribute]) -> Vec<ListenArgs> {
    let mut all = Vec::new();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("listen")) {
        match attr.parse_args::<ListenArgs>() {
            Ok(args) => all.push(args),
            Err(error) => diag.add(error),
        }
    }
    all
}

fn check_rule(diag: &mut Diagnostics, args: ListenArgs, krate: &mut Once<Path>) -> Rule {
    if let Some(Filter::Literal(literal)) = &args.filter {
        kind::check_filter(diag, literal);
    }
    let (mut on_start, mut on_end, mut wants_data) = (Once::new(), Once::new(), Once::new());
    let handles = args
        .settings
        .iter()
        .any(|(key, _)| key == "on_start" || key == "on_end");
    for (key, value) in args.settings {
        match (key.to_string().as_str(), value) {
            ("on_start", SettingValue::Path(path)) => on_start.set(diag, &key, path),
            ("on_end", SettingValue::Path(path)) => on_end.set(diag, &key, path),
            ("wants_data", SettingValue::Bool(value)) => wants_data.set(diag, &key, value.value),
            ("crate", SettingValue::Path(path)) if path.qself.is_none() => {
                krate.set(diag, &key, path.path);
            }
            (name, value) => wrong_setting(diag, &key, name, value),
        }
    }
    Rule {
        filter: args.filter,
        on_start: on_start.into_inner(),
        on_end: on_end.into_inner(),
        wants_data: wants_data.into_inner().unwrap_or(true),
        handles,
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
