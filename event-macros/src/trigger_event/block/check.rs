//! Checks of the attributes on a block.
//!
//! Mistakes that depend on one function are found when that function's attribute is expanded.

use std::collections::HashSet;

use proc_macro2::{Ident, Span, TokenStream};
use syn::Error;

use super::results::Demand;
use super::tree::{AnnotatedBlock, BlockFunction};
use crate::diag::Diagnostics;
use crate::runtime::crate_path;
use crate::suggest::did_you_mean;
use crate::syntax::return_type::returns_unit;
use crate::trigger_event::args::TriggerArgs;
use crate::trigger_event::check::check_redacts_no_self;
use crate::trigger_event::settings::{RetArg, Settings};

/// One attribute of a block, after the checks.
pub(crate) struct BlockAttribute<'a> {
    pub(crate) args: &'a TriggerArgs,
    /// The path of the runtime crate.
    pub(crate) krate: TokenStream,
    /// The check that `err` sees a `Result`.
    pub(crate) demand: &'a Demand<'a>,
}

/// Checks the attributes of a block.
pub(crate) fn check<'a>(
    block: &'a AnnotatedBlock,
    demand: &'a Demand<'a>,
) -> Result<Vec<BlockAttribute<'a>>, Error> {
    let mut diag = Diagnostics::default();
    if block.is_annotated {
        diag.add(Error::new(
            Span::call_site(),
            "an attribute on an outer block has already annotated this one, so that this attribute \
             comes too late; write it as `#[event_core::trigger_event]`",
        ));
    }
    let functions = block.functions().into_iter();
    let arguments: HashSet<&Ident> = functions.flat_map(|it| it.function.bindings()).collect();
    let mut attributes = Vec::new();
    for args in &block.attributes {
        let settings = Settings::check(&mut diag, args.clone());
        // An outer block has checked the attributes that it passes on.
        if !args.is_overridable() {
            check_settings(&mut diag, &settings, &arguments);
            check_err(&mut diag, &settings, demand);
            check_ret(&mut diag, &settings, block);
        }
        attributes.push(BlockAttribute {
            args,
            krate: crate_path(settings.krate.into_inner()),
            demand: if args.is_overridable() {
                &Demand::None
            } else {
                demand
            },
        });
    }
    diag.finish()?;
    Ok(attributes)
}

fn check_settings(diag: &mut Diagnostics, settings: &Settings, arguments: &HashSet<&Ident>) {
    if let Some(field) = settings.data().first() {
        diag.error(
            &field.name.tokens,
            "`data(…)` cannot be used on an `impl`, a `trait` or a `mod`; put it in an attribute on \
             a function",
        );
    }
    if let Some(name) = settings.name.get() {
        diag.error(
            name,
            "`name` cannot be used on an `impl`, a `trait` or a `mod`; put it in an attribute on a \
             function",
        );
    }
    for name in settings.redacted() {
        check_redacts_no_self(diag, name);
    }
    for name in settings.skipped().iter().chain(settings.redacted()) {
        // A block may have no method whose `self` could be captured.
        if name != "self" && !arguments.contains(name) {
            let known: Vec<String> = arguments.iter().map(ToString::to_string).collect();
            let suggestion = did_you_mean(&name.to_string(), known.iter().map(String::as_str));
            diag.error(
                name,
                format_args!("no function in this block has an argument `{name}`{suggestion}"),
            );
        }
    }
}

/// Reports an `err` that no function of the block can use.
fn check_err(diag: &mut Diagnostics, settings: &Settings, demand: &Demand<'_>) {
    if let (Some(err), Demand::Impossible) = (settings.err.get(), demand) {
        diag.error(
            &err.word,
            "`err` needs a function that returns a `Result`, and this block has none; remove `err`",
        );
    }
}

/// Reports a `ret(Display)` that no function of the block can use.
fn check_ret(diag: &mut Diagnostics, settings: &Settings, block: &AnnotatedBlock) {
    let Some(format) = settings.ret.get().and_then(RetArg::display_of_function) else {
        return;
    };
    let functions = block.functions();
    let is_unit = |it: &BlockFunction<'_>| returns_unit(&it.function.sig.output);
    if !functions.is_empty() && !block.has_renamed() && functions.iter().all(is_unit) {
        diag.error(
            format,
            "`ret(Display)` needs a function that returns a value, and this block has none; remove \
             `ret(Display)`",
        );
    }
}
