//! Exits: every `return` and `?` of a body, for a function whose value must be seen where the
//! body cannot be called as a closure.
//!
//! What a macro in the body expands to is not seen here: a `return` in there ends the function
//! without its value being looked at.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, ExprReturn, ExprTry, Item, ReturnType, Type, parse_quote};

/// What `?` returns from the function, by the name of its type.
#[derive(Clone, Copy)]
enum Tried {
    Result,
    Option,
    Other,
}

/// Returns `body`, a block, with `saw` around the value of every `return` and of every `?` that
/// returns.
pub(crate) fn rewrite(body: TokenStream, output: &ReturnType, saw: &TokenStream) -> TokenStream {
    let Ok(mut block) = syn::parse2::<Block>(quote!({ #body })) else {
        return body;
    };
    Exits {
        saw,
        tried: tried(output),
    }
    .visit_block_mut(&mut block);
    let stmts = &block.stmts;
    quote!(#(#stmts)*)
}

fn tried(output: &ReturnType) -> Tried {
    let ReturnType::Type(_, output) = output else {
        return Tried::Other;
    };
    let Type::Path(output) = &**output else {
        return Tried::Other;
    };
    match output
        .path
        .segments
        .last()
        .map(|last| last.ident.to_string())
    {
        Some(name) if name.ends_with("Result") => Tried::Result,
        Some(name) if name == "Option" => Tried::Option,
        _ => Tried::Other,
    }
}

struct Exits<'a> {
    saw: &'a TokenStream,
    tried: Tried,
}

impl Exits<'_> {
    fn saw_return(&self, exit: &mut ExprReturn) {
        let saw = self.saw;
        let value = exit
            .expr
            .take()
            .map_or_else(|| quote!(()), |value| quote!(#value));
        exit.expr = Some(parse_quote!(#saw(#value)));
    }

    fn saw_try(&self, exit: &ExprTry) -> Option<Expr> {
        let (saw, tried) = (self.saw, &exit.expr);
        let tokens = match self.tried {
            Tried::Result => quote_spanned! {Span::mixed_site()=>
                match #tried {
                    ::core::result::Result::Ok(value) => value,
                    ::core::result::Result::Err(error) => return #saw(
                        ::core::result::Result::Err(::core::convert::From::from(error)),
                    ),
                }
            },
            Tried::Option => quote_spanned! {Span::mixed_site()=>
                match #tried {
                    ::core::option::Option::Some(value) => value,
                    ::core::option::Option::None => return #saw(::core::option::Option::None),
                }
            },
            Tried::Other => return None,
        };
        syn::parse2(tokens).ok()
    }
}

impl VisitMut for Exits<'_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        match expr {
            // Exits in there are not the function's.
            Expr::Closure(_) | Expr::Async(_) | Expr::Const(_) | Expr::TryBlock(_) => return,
            _ => visit_mut::visit_expr_mut(self, expr),
        }
        match expr {
            Expr::Return(exit) => self.saw_return(exit),
            Expr::Try(exit) => {
                if let Some(seen) = self.saw_try(exit) {
                    *expr = seen;
                }
            }
            _ => {}
        }
    }

    fn visit_item_mut(&mut self, _: &mut Item) {}
}
