//! `#[derive(EventData)]`: the fields of a struct as an event's data.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{
    Attribute, Data, DeriveInput, Error, Field, Fields, LitStr, Meta, Path, Token, Type,
    parse_quote, parse2,
};

use crate::capture::{captured, tiers};
use crate::diag::{Diagnostics, Once, unknown_argument};

const FIELD_KEYS: [&str; 4] = ["skip", "rename", "debug", "display"];

const EXPECTED: &str = "expected `skip`, `rename = \"key\"`, `debug` or `display`";

/// Expands the derive; with mistakes, to the errors and an implementation without data.
pub(crate) fn derive(input: TokenStream) -> TokenStream {
    let input = match parse2::<DeriveInput>(input) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    match Checked::new(&input) {
        Ok(checked) => expand(&input, &checked),
        Err(error) => {
            let mut diag = Diagnostics::default();
            let krate = crate_path(check_struct(&mut diag, &input.attrs));
            let _ = diag.finish();
            let empty = Checked {
                krate,
                fields: Vec::new(),
            };
            let (errors, fallback) = (error.into_compile_error(), expand(&input, &empty));
            quote!(#errors #fallback)
        }
    }
}

struct Checked {
    krate: TokenStream,
    fields: Vec<DataField>,
}

/// A field that becomes data.
struct DataField {
    name: Ident,
    ty: Type,
    key: String,
    form: Form,
}

#[derive(Clone, Copy)]
enum Form {
    Plain,
    Debug,
    Display,
}

impl Checked {
    fn new(input: &DeriveInput) -> Result<Self, Error> {
        let mut diag = Diagnostics::default();
        let krate = check_struct(&mut diag, &input.attrs);
        let mut fields = Vec::new();
        match &input.data {
            Data::Struct(data) => match &data.fields {
                Fields::Named(named) => {
                    fields.extend(
                        named
                            .named
                            .iter()
                            .filter_map(|it| check_field(&mut diag, it)),
                    );
                }
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
        diag.finish()?;
        Ok(Self {
            krate: crate_path(krate),
            fields,
        })
    }
}

fn crate_path(path: Option<Path>) -> TokenStream {
    path.map_or_else(|| quote!(::event_core), |path| quote!(#path))
}

/// The settings in all `#[data(…)]` of `attrs`.
fn settings(diag: &mut Diagnostics, attrs: &[Attribute]) -> Vec<Meta> {
    let mut all = Vec::new();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("data")) {
        let parser = |input: syn::parse::ParseStream<'_>| {
            Punctuated::<Meta, Token![,]>::parse_terminated_with(input, parse_meta)
        };
        match attr.parse_args_with(parser) {
            Ok(settings) => all.extend(settings),
            Err(error) => diag.add(error),
        }
    }
    all
}

/// A setting; `crate` is a keyword, which `Meta` by itself refuses as a path.
fn parse_meta(input: syn::parse::ParseStream<'_>) -> syn::Result<Meta> {
    if !input.peek(syn::Ident::peek_any) {
        return Err(input.error(EXPECTED));
    }
    let path = input.call(Path::parse_mod_style)?;
    if input.peek(syn::token::Paren) {
        return Err(input.error(EXPECTED));
    }
    if !input.peek(Token![=]) {
        return Ok(Meta::Path(path));
    }
    let eq_token = input.parse()?;
    Ok(Meta::NameValue(syn::MetaNameValue {
        path,
        eq_token,
        value: input.parse()?,
    }))
}

fn check_struct(diag: &mut Diagnostics, attrs: &[Attribute]) -> Option<Path> {
    let mut krate = Once::new();
    for setting in settings(diag, attrs) {
        match &setting {
            Meta::NameValue(pair) if pair.path.is_ident("crate") => match &pair.value {
                syn::Expr::Path(path) => set(diag, &mut krate, &setting, path.path.clone()),
                other => diag.error(other, "expected a path, as in `crate = my_crate::event_core`"),
            },
            other => diag.error(
                other.path(),
                "unknown argument of a struct, expected `crate = path`; the others belong on fields",
            ),
        }
    }
    krate.into_inner()
}

fn set<T>(diag: &mut Diagnostics, slot: &mut Once<T>, setting: &Meta, value: T) {
    match setting.path().get_ident() {
        Some(key) => slot.set(diag, key, value),
        // Keywords are paths of one segment, but no identifiers.
        None => slot.set(diag, &setting.path().segments[0].ident, value),
    }
}

fn check_field(diag: &mut Diagnostics, field: &Field) -> Option<DataField> {
    let name = field.ident.clone()?;
    let (mut skip, mut rename) = (Once::new(), Once::new());
    let (mut debug, mut display) = (Once::new(), Once::new());
    let mut forms = Vec::new();
    for setting in settings(diag, &field.attrs) {
        let key = setting
            .path()
            .get_ident()
            .map(ToString::to_string)
            .unwrap_or_default();
        match (key.as_str(), &setting) {
            ("skip", Meta::Path(_)) => set(diag, &mut skip, &setting, ()),
            ("debug", Meta::Path(_)) => set(diag, &mut debug, &setting, ()),
            ("display", Meta::Path(_)) => set(diag, &mut display, &setting, ()),
            ("rename", Meta::NameValue(pair)) => match string(&pair.value) {
                Some(name) => set(diag, &mut rename, &setting, name),
                None => diag.error(&pair.value, "expected a string, as in `rename = \"key\"`"),
            },
            ("skip" | "debug" | "display", _) => {
                diag.error(&setting, format_args!("`{key}` takes no value"));
            }
            ("rename", _) => diag.error(&setting, "write `rename = \"key\"`"),
            _ => diag.error(setting.path(), unknown_argument(&key, &FIELD_KEYS)),
        }
        forms.push(setting);
    }
    let others = forms.iter().any(|setting| !setting.path().is_ident("skip"));
    let contradicts = |one: &str| forms.iter().find(|setting| setting.path().is_ident(one));
    if let (Some(_), Some(display)) = (contradicts("debug"), contradicts("display")) {
        diag.error(
            display,
            "a field is printed by `debug` or by `display`, not by both",
        );
    } else if let (Some(skip), true) = (contradicts("skip"), others) {
        diag.error(
            skip,
            "a field that is skipped needs nothing else; remove one",
        );
    }
    let form = match (debug.into_inner(), display.into_inner()) {
        (Some(()), _) => Form::Debug,
        (None, Some(())) => Form::Display,
        (None, None) => Form::Plain,
    };
    let key = rename
        .into_inner()
        .unwrap_or_else(|| name.unraw().to_string());
    skip.into_inner().is_none().then_some(DataField {
        name,
        ty: field.ty.clone(),
        key,
        form,
    })
}

fn string(value: &syn::Expr) -> Option<String> {
    match value {
        syn::Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Str(text),
            ..
        }) => Some(LitStr::value(text)),
        // Of a macro's `$key:literal`.
        syn::Expr::Group(group) => string(&group.expr),
        _ => None,
    }
}

// Input:
//
//     #[derive(EventData)]
//     struct Query { table: String, #[data(display)] cost: Cost }
//
// Output:
//
//     impl EventData for &Query {
//         fn with_data<R>(self, f: impl FnOnce(Data<'_>) -> R) -> R {
//             let fields = [
//                 Field::new("table", Capture::place(&self.table).capture()),
//                 Field::new("cost", Capture::shown(&self.cost).capture()),
//             ];
//             f(Data::new(&fields))
//         }
//     }
//     impl EventData for Query { … (&self).with_data(f) }
fn expand(input: &DeriveInput, checked: &Checked) -> TokenStream {
    let krate = &checked.krate;
    let private = quote!(#krate::__private);
    let tiers = tiers(&private);
    let fields = checked.fields.iter().map(|field| {
        let (name, key) = (&field.name, &field.key);
        let value = match field.form {
            Form::Plain => captured(&quote!(#private::Capture::place(&self.#name))),
            Form::Debug => shown(field, &private, "printed"),
            Form::Display => shown(field, &private, "displayed"),
        };
        quote!(#private::Field::new(#key, #value))
    });
    // No name of the user's is like these.
    let (result, then) = (
        format_ident!("__EventCoreResult"),
        format_ident!("__event_core_then"),
    );
    let name = &input.ident;
    let (impl_generics, type_generics, where_clause) = input.generics.split_for_impl();
    let mut borrowed = input.generics.clone();
    borrowed.params.insert(0, parse_quote!('__event_core));
    let (borrowed_generics, ..) = borrowed.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #borrowed_generics #krate::EventData for &'__event_core #name #type_generics
        #where_clause
        {
            fn with_data<#result>(
                self,
                #then: impl ::core::ops::FnOnce(#krate::Data<'_>) -> #result,
            ) -> #result {
                #tiers
                #then(#krate::Data::new(&[#(#fields),*]))
            }
        }

        #[automatically_derived]
        impl #impl_generics #krate::EventData for #name #type_generics #where_clause {
            fn with_data<#result>(
                self,
                #then: impl ::core::ops::FnOnce(#krate::Data<'_>) -> #result,
            ) -> #result {
                #krate::EventData::with_data(&self, #then)
            }
        }
    }
}

/// `Value::printed(&self.name)` at the field's type, which must be printable.
fn shown(field: &DataField, private: &TokenStream, by: &str) -> TokenStream {
    let at = field.ty.span().resolved_at(Span::mixed_site());
    let (by, name) = (Ident::new(by, at), &field.name);
    let place = quote!(self.#name); // `self` is of the method, at any place
    quote_spanned!(at=> #private::Value::#by(&#place))
}
