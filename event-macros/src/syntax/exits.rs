//! Exits: each `return`, `?` and `.await` in the user's code.
//!
//! `rewrite` is for a function whose returned value is inspected but whose body cannot be a
//! closure. Exits inside a macro call are not found, so their values are not inspected.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, ExprReturn, ExprTry, Item};

use crate::runtime::{located, respanned};

/// How the exits of a body are rewritten.
pub(crate) struct Rewrite<'a> {
    /// Makes the expression in place of the `return` of a value.
    pub(crate) exit: &'a dyn Fn(&TokenStream) -> TokenStream,
    /// Makes the expression in place of the return of a `?`. Without it each `?` stays as it is.
    pub(crate) exit_of_try: Option<&'a dyn Fn(&TokenStream) -> TokenStream>,
    /// The path of the runtime's module for expansions.
    pub(crate) private: &'a TokenStream,
}

impl Rewrite<'_> {
    /// Returns `body` with other expressions in place of its exits.
    pub(crate) fn rewrite(&self, body: TokenStream) -> TokenStream {
        let Ok(mut block) = syn::parse2::<Block>(quote!({ #body })) else {
            return body;
        };
        let mut rewrite_exit = |exit: &mut Expr| match exit {
            Expr::Return(returned) => {
                if let Some(rewritten) = self.rewrite_return(returned) {
                    *exit = rewritten;
                }
            }
            Expr::Try(tried) => {
                if let Some(rewritten) = self.rewrite_try(tried) {
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

    fn rewrite_return(&self, exit: &ExprReturn) -> Option<Expr> {
        let value = exit
            .expr
            .as_ref()
            .map_or_else(|| quote!(()), ToTokens::to_token_stream);
        syn::parse2((self.exit)(&value)).ok()
    }

    /// `?` as the compiler expands it, with the traits of the runtime, as those of the standard
    /// library are unstable.
    fn rewrite_try(&self, exit: &ExprTry) -> Option<Expr> {
        let tried = &exit.expr;
        let private = self.private;
        // The conversion and its argument have the span of the `?`, which is then the place of
        // their errors. With another hygiene the compiler would report the attribute.
        let span = exit.question_token.spans[0];
        let place = Span::mixed_site().located_at(span);
        let residual = Ident::new("__event_core_residual", span);
        let mut call = respanned(&quote!(#private::FromResidual::from_residual), span);
        let mut arguments = Group::new(Delimiter::Parenthesis, residual.to_token_stream());
        arguments.set_span(span);
        call.extend([TokenTree::Group(arguments)]);
        let exit = (self.exit_of_try?)(&call);
        let private = located(private, place);
        let tokens = quote_spanned! {place=>
            match #private::Try::branch(#tried) {
                ::core::ops::ControlFlow::Continue(__event_core_value) => __event_core_value,
                ::core::ops::ControlFlow::Break(#residual) => #exit,
            }
        };
        syn::parse2(tokens).ok()
    }
}

/// Calls `visit` with each outermost `return`, `?` and `.await` of `expr`.
pub(crate) fn for_each(expr: &mut Expr, visit: &mut dyn FnMut(&mut Expr)) {
    let outermost = true;
    ExitVisitor { visit, outermost }.visit_expr_mut(expr);
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
