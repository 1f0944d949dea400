//! Where the attributes of a function come from.

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};

/// Where the attributes of a function come from.
///
/// The name of the static in the expansion keeps it, for an attribute that is expanded later
/// because it has another name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Origin {
    /// From the function, or from the block with the function.
    Direct,
    /// From the function, which an annotated block expanded. Attributes of blocks do not apply.
    Own,
    /// From a block around the block with the function. An attribute of the inner block would
    /// replace them.
    Outer,
}

/// The variable of the call site in the expansion.
const SITE: &str = "__event_core_site";

impl Origin {
    const ALL: [Self; 3] = [Self::Direct, Self::Own, Self::Outer];

    const fn name(self) -> &'static str {
        match self {
            Self::Direct => "EVENT_CORE_CALLSITE",
            Self::Own => "EVENT_CORE_OWN_CALLSITE",
            Self::Outer => "EVENT_CORE_OUTER_CALLSITE",
        }
    }

    /// The static that the expansion declares.
    pub(crate) fn callsite(self) -> Ident {
        Ident::new(self.name(), Span::call_site())
    }

    /// The origin in whose expansion `word` is the static.
    pub(crate) fn of_callsite(word: &Ident) -> Option<Self> {
        Self::ALL.into_iter().find(|origin| word == origin.name())
    }

    /// The origin of the attributes that were expanded in `body`, a function's braces.
    ///
    /// The static is in the braces of the first `let`, which declares [`SITE`]: `let site = { … };`
    /// or, in an `async fn`, `let site = || { … };`.
    pub(crate) fn of_expanded(body: TokenStream) -> Option<Self> {
        let is = |token: &TokenTree, wanted: &str| matches!(token, TokenTree::Ident(word) if word == wanted);
        let mut tokens = body.into_iter().skip_while(|token| !is(token, "let"));
        let is_site = tokens.nth(1).is_some_and(|token| is(&token, SITE));
        let mut value = tokens.skip_while(|token| matches!(token, TokenTree::Punct(_)));
        let TokenTree::Group(group) = value.next().filter(|_| is_site)? else {
            return None;
        };
        let in_braces = group.delimiter() == Delimiter::Brace;
        let mut words = group.stream().into_iter().filter(|_| in_braces);
        words.find_map(|token| match token {
            TokenTree::Ident(word) => Self::of_callsite(&word),
            _ => None,
        })
    }
}
