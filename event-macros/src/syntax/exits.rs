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
    let tried = tried(output);
    let mut see = |exit: &mut Expr| match exit {
        Expr::Return(exit) => saw_return(saw, exit),
        Expr::Try(exit_of) => {
            if let Some(seen) = saw_try(saw, tried, exit_of) {
                *exit = seen;
            }
        }
        _ => {}
    };
    Exits {
        exit: &mut see,
        whole: false,
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

/// Calls `exit` with each outermost `return`, `?` and `.await` of `expr`.
pub(crate) fn for_each(expr: &mut Expr, exit: &mut dyn FnMut(&mut Expr)) {
    Exits { exit, whole: true }.visit_expr_mut(expr);
}

fn saw_return(saw: &TokenStream, exit: &mut ExprReturn) {
    let value = exit
        .expr
        .take()
        .map_or_else(|| quote!(()), |value| quote!(#value));
    exit.expr = Some(parse_quote!(#saw(#value)));
}

fn saw_try(saw: &TokenStream, of: Tried, exit: &ExprTry) -> Option<Expr> {
    let tried = &exit.expr;
    let tokens = match of {
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

/// Finds what leaves or suspends the function, by one visitor for all uses: each that there is takes the
/// compiler as long as a file of code.
struct Exits<'a> {
    exit: &'a mut dyn FnMut(&mut Expr),
    /// Whether an exit is taken as a whole, and not looked into first.
    whole: bool,
}

impl VisitMut for Exits<'_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        let is_exit = matches!(expr, Expr::Return(_) | Expr::Try(_) | Expr::Await(_));
        match expr {
            // Exits in there are not the function's.
            Expr::Closure(_) | Expr::Async(_) | Expr::Const(_) | Expr::TryBlock(_) => return,
            _ if is_exit && self.whole => {}
            _ => visit_mut::visit_expr_mut(self, expr),
        }
        if is_exit {
            (self.exit)(expr);
        }
    }

    fn visit_item_mut(&mut self, _: &mut Item) {}
}
