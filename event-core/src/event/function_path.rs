//! The path of a function, such as `Parser::token`, from the name of a type in its body.
//!
//! The compiler names a type in a function after everything that encloses it:
//! `my_crate::parse::Parser<'_>::token::{{closure}}::Marker`. Its format is not guaranteed. Text in
//! an unknown format gives another path, but never a panic.

/// The name of the marker type in a function that is certainly a method.
const METHOD_MARKER: &str = "EventCoreMethod";

/// Returns the path of the function `function`, whose body declares a type that the compiler calls
/// `type_name`.
pub(super) fn function_path(type_name: &str, function: &str) -> String {
    let plain = without_lifetimes(type_name);
    let mut segments = segments(&plain);
    let is_method = segments.pop() == Some(METHOD_MARKER);
    // Closures and async bodies: `{{closure}}`.
    segments.retain(|segment| !segment.starts_with('{'));
    segments.pop(); // the function
    match segments.pop() {
        Some(enclosing) if is_method || is_type(enclosing) => {
            format!("{}::{function}", short_type(enclosing))
        }
        _ => function.to_owned(),
    }
}

/// Whether a segment is a type or a trait, and not a module or an enclosing function.
fn is_type(segment: &str) -> bool {
    let name = segment.trim_start_matches('_');
    segment.contains('<') || name.starts_with(char::is_uppercase)
}

/// Returns the text of a type, or of a type and a trait, with short paths.
fn short_type(segment: &str) -> String {
    let Some(inside) = inside_angles(segment) else {
        return short_paths(segment);
    };
    // An `impl` in another module than its type and its trait is called `<impl Trait for Type>`.
    let is_impl = inside.strip_prefix("impl ");
    let pair = match is_impl {
        Some(header) => split_at_word(header, " for ").map(|(of_trait, ty)| (ty, of_trait)),
        None => split_at_word(inside, " as "),
    };
    if let Some((ty, of_trait)) = pair {
        return format!("<{} as {}>", short_paths(ty), short_paths(of_trait));
    }
    let ty = short_paths(is_impl.unwrap_or(inside));
    let is_path = ty.starts_with(|c: char| c == '_' || c.is_alphabetic());
    if is_path && !ty.contains("dyn ") {
        ty
    } else {
        format!("<{ty}>")
    }
}

/// Returns the text between the `<` at the start of `segment` and the `>` at its end.
fn inside_angles(segment: &str) -> Option<&str> {
    segment.strip_prefix('<')?.strip_suffix('>')
}

/// Splits `text` at the first `word` that is not in brackets.
fn split_at_word<'t>(text: &'t str, word: &str) -> Option<(&'t str, &'t str)> {
    let found =
        Tokens::new(text).find(|(at, depth, _)| *depth == 0 && text[*at..].starts_with(word));
    found.map(|(at, ..)| (&text[..at], &text[at + word.len()..]))
}

/// Splits a path at each `::` that is not in brackets.
fn segments(path: &str) -> Vec<&str> {
    let mut segments = Vec::new();
    let mut start = 0;
    for (at, depth, _) in Tokens::new(path) {
        if depth == 0 && at >= start && path[at..].starts_with("::") {
            segments.push(&path[start..at]);
            start = at + 2;
        }
    }
    segments.push(&path[start..]);
    segments
}

/// Returns `text` with the last segment of each path only: `Vec<Tree>` for
/// `alloc::vec::Vec<my_crate::Tree>`.
fn short_paths(text: &str) -> String {
    let mut short = String::new();
    // Where the current path starts in `short`, for each open bracket.
    let mut starts = vec![None];
    let mut skipped = 0;
    for (at, _, token) in Tokens::new(text) {
        if at < skipped {
            continue;
        }
        if text[at..].starts_with("::") {
            if let Some(Some(start)) = starts.last() {
                short.truncate(*start);
            }
            skipped = at + 2;
            continue;
        }
        let first = token.chars().next().unwrap_or_default();
        let in_path = first == '<' || first == '_' || first == '{' || first.is_alphanumeric();
        if is_closing(token) {
            if starts.len() > 1 {
                starts.pop();
            }
        } else if let Some(start) = starts.last_mut() {
            *start = in_path.then(|| start.unwrap_or(short.len()));
        }
        if is_opening(token) {
            starts.push(None);
        }
        short.push_str(token);
    }
    short
}

/// Returns `text` without lifetimes: `Parser` for `Parser<'_>`.
fn without_lifetimes(text: &str) -> String {
    let mut plain = String::new();
    let mut skipped = 0;
    for (at, _, token) in Tokens::new(text) {
        let is_lifetime = token.len() > 1 && token.starts_with('\'') && !token.ends_with('\'');
        if at < skipped {
        } else if is_lifetime {
            let rest = &text[at + token.len()..];
            let separator = [", ", " "].iter().find(|text| rest.starts_with(**text));
            skipped = at + token.len() + separator.map_or(0, |text| text.len());
        } else {
            plain.push_str(token);
        }
    }
    plain
        .replace("for<> ", "")
        .replace(", >", ">")
        .replace("<>", "")
}

fn is_opening(token: &str) -> bool {
    matches!(token, "<" | "(" | "[")
}

fn is_closing(token: &str) -> bool {
    matches!(token, ">" | ")" | "]")
}

/// The tokens of a type's name, with their positions and the number of brackets around them. A
/// token is a word, a lifetime, a character literal, `->`, or one character.
struct Tokens<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
}

impl<'t> Tokens<'t> {
    const fn new(text: &'t str) -> Self {
        Self {
            text,
            at: 0,
            depth: 0,
        }
    }
}

impl<'t> Iterator for Tokens<'t> {
    type Item = (usize, usize, &'t str);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = &self.text[self.at..];
        let first = rest.chars().next()?;
        let is_word = |c: char| c == '_' || c == '{' || c == '}' || c.is_alphanumeric();
        let word_end = |rest: &str| rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let len = match first {
            '-' if rest.starts_with("->") => 2,
            '\'' => match literal_len(rest) {
                Some(len) => len,
                None => 1 + word_end(&rest[1..]),
            },
            first if is_word(first) => word_end(rest),
            first => first.len_utf8(),
        };
        let token = &rest[..len];
        if is_closing(token) {
            self.depth = self.depth.saturating_sub(1);
        }
        let item = (self.at, self.depth, token);
        if is_opening(token) {
            self.depth += 1;
        }
        self.at += len;
        Some(item)
    }
}

/// Returns the length of the character literal at the start of `rest`, if there is one.
fn literal_len(rest: &str) -> Option<usize> {
    let mut chars = rest.char_indices().skip(1);
    let (_, first) = chars.next()?;
    if first == '\\' {
        chars.next();
        return chars.find(|(_, c)| *c == '\'').map(|(at, _)| at + 1);
    }
    chars
        .next()
        .filter(|(_, c)| *c == '\'')
        .map(|(at, _)| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_is_the_type_and_the_function() {
        for (type_name, path) in [
            ("a::token::F", "token"),
            ("a::m::outer::token::F", "token"),
            ("a::outer::{{closure}}::token::{{closure}}::F", "token"),
            ("a::P::token::F", "P::token"),
            ("a::P<'_>::token::F", "P::token"),
            ("a::m::W<'_, _>::token::F", "W<_>::token"),
            (
                "a::W<alloc::vec::Vec<core::option::Option<a::m::T>>>::token::F",
                "W<Vec<Option<T>>>::token",
            ),
            ("a::f::W<u8>::token::F", "W<u8>::token"),
            ("a::C<3, '<', ':'>::token::F", "C<3, '<', ':'>::token"),
            ("<a::P as a::m::R>::token::F", "<P as R>::token"),
            (
                "<a::P<'_> as a::R<'_, a::T>>::token::F",
                "<P as R<T>>::token",
            ),
            ("a::m::<impl a::Q>::token::F", "Q::token"),
            (
                "a::m::<impl a::G<(_,)> for a::W<_>>::token::F",
                "<W<_> as G<(_,)>>::token",
            ),
            ("<dyn a::R>::token::F", "<dyn R>::token"),
            ("a::m::<impl dyn a::R>::token::F", "<dyn R>::token"),
            ("a::m::<impl [a::T]>::token::F", "<[T]>::token"),
            (
                "<&mut a::P<'_> as a::G<u16>>::token::F",
                "<&mut P as G<u16>>::token",
            ),
            (
                "<dyn core::ops::Fn(u8) -> a::Q + core::marker::Send as a::G<u8>>::token::F",
                "<dyn Fn(u8) -> Q + Send as G<u8>>::token",
            ),
            (
                "<dyn for<'a> core::ops::Fn(&'a u8) -> &'a a::T as a::G>::token::F",
                "<dyn Fn(&u8) -> &T as G>::token",
            ),
            (
                "<fn(a::T) -> b::U as a::G>::token::F",
                "<fn(T) -> U as G>::token",
            ),
            ("<[a::T; N] as a::G>::token::F", "<[T; N] as G>::token"),
            ("a::_::<impl a::Q>::token::F", "Q::token"),
            ("a::Ünï::token::F", "Ünï::token"),
            ("a::__Private::token::F", "__Private::token"),
            ("a::atom::token::F", "token"),
            ("a::atom::token::EventCoreMethod", "atom::token"),
            ("a::P::method::token::F", "token"),
        ] {
            assert_eq!(function_path(type_name, "token"), path, "{type_name}");
        }
    }

    #[test]
    fn unknown_format_gives_a_path_that_ends_with_the_function() {
        for odd in [
            "",
            "::",
            "<",
            "a::<",
            ">>::x",
            "'",
            "a::'",
            "'\\",
            "<a as ::b::c",
            "é'é::F",
        ] {
            let path = function_path(odd, "token");
            assert!(path.ends_with("token"), "{odd}: {path}");
        }
    }
}
