//! Exits: each `return`, `?` and `.await` in the user's code.
//!
//! `rewrite` is for a function whose returned value is inspected but whose body cannot be a
//! closure. Exits inside a macro call are not found, so their values are not inspected.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, ExprReturn, ExprTry, Item, ReturnType, Type, parse_quote};

/// The type that `?` returns from the function, judged by its name.
#[derive(Clone, Copy)]
enum TryType {
    Result,
    Option,
    Other,
}

/// Returns `body` with a call of `inspect` around the value of each `return`, and of each `?` that
/// returns.
pub(crate) fn rewrite(
    body: TokenStream,
    output: &ReturnType,
    inspect: &TokenStream,
) -> TokenStream {
    let Ok(mut block) = syn::parse2::<Block>(quote!({ #body })) else {
        return body;
    };
    let try_type = try_type(output);
    let mut rewrite_exit = |exit: &mut Expr| match exit {
        Expr::Return(exit) => rewrite_return(exit, inspect),
        Expr::Try(tried) => {
            if let Some(rewritten) = rewrite_try(tried, try_type, inspect) {
                *exit = rewritten;
            }
        }
        _ => {}
    };
    ExitVisitor {
        visit: &mut rewrite_exit,
        outermost: false,
    }
    .visit_block_mut(&mut block);
    let stmts = &block.stmts;
    quote!(#(#stmts)*)
}

fn try_type(output: &ReturnType) -> TryType {
    let ReturnType::Type(_, output) = output else {
        return TryType::Other;
    };
    let Type::Path(output) = &**output else {
        return TryType::Other;
    };
    let last = output.path.segments.last();
    match last.map(|last| last.ident.to_string()) {
        Some(name) if name.ends_with("Result") => TryType::Result,
        Some(name) if name == "Option" => TryType::Option,
        _ => TryType::Other,
    }
}

/// Calls `visit` with each outermost `return`, `?` and `.await` of `expr`.
pub(crate) fn for_each(expr: &mut Expr, visit: &mut dyn FnMut(&mut Expr)) {
    let outermost = true;
    ExitVisitor { visit, outermost }.visit_expr_mut(expr);
}

fn rewrite_return(exit: &mut ExprReturn, inspect: &TokenStream) {
    let value = exit
        .expr
        .take()
        .map_or_else(|| quote!(()), |value| quote!(#value));
    exit.expr = Some(parse_quote!(#inspect(#value)));
}

fn rewrite_try(exit: &ExprTry, try_type: TryType, inspect: &TokenStream) -> Option<Expr> {
    let tried = &exit.expr;
    let tokens = match try_type {
        TryType::Result => quote_spanned! {Span::mixed_site()=>
            match #tried {
                ::core::result::Result::Ok(value) => value,
                ::core::result::Result::Err(error) => return #inspect(
                    ::core::result::Result::Err(::core::convert::From::from(error)),
                ),
            }
        },
        TryType::Option => quote_spanned! {Span::mixed_site()=>
            match #tried {
                ::core::option::Option::Some(value) => value,
                ::core::option::Option::None => return #inspect(::core::option::Option::None),
            }
        },
        TryType::Other => return None,
    };
    syn::parse2(tokens).ok()
}

/// Visits the exits of a function.
///
/// `rewrite` and `for_each` share it, because each visitor adds much to this crate's compile time.
struct ExitVisitor<'a> {
    visit: &'a mut dyn FnMut(&mut Expr),
    /// Whether exits inside an exit are ignored.
    outermost: bool,
}

impl VisitMut for ExitVisitor<'_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        let is_exit = matches!(expr, Expr::Return(_) | Expr::Try(_) | Expr::Await(_));
        match expr {
            // An exit inside such an expression leaves only that expression.
            Expr::Closure(_) | Expr::Async(_) | Expr::Const(_) | Expr::TryBlock(_) => return,
            _ if is_exit && self.outermost => {}
            _ => visit_mut::visit_expr_mut(self, expr),
        }
        if is_exit {
            (self.visit)(expr);
        }
    }

    fn visit_item_mut(&mut self, _: &mut Item) {}
}
