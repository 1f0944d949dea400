//! The headers `tracestate` of W3C Trace Context and `baggage` of W3C Baggage, which pass through.

use std::sync::Arc;

/// The maximum number of members of a `tracestate`.
const MAX_MEMBERS: usize = 32;

/// The maximum length of a `tracestate` that is passed on, which every party must support.
const MAX_STATE: usize = 512;

/// A member that is longer is removed first.
const LONG_MEMBER: usize = 128;

/// The maximum length of a `baggage`.
const MAX_BAGGAGE: usize = 8192;

/// Returns the members that are passed on; `None` if there are none, or if the header is invalid.
pub(super) fn parse_state(header: &str) -> Option<Arc<str>> {
    let members = header
        .split(',')
        .map(|member| member.trim_matches([' ', '\t']));
    let mut members: Vec<&str> = members.filter(|member| !member.is_empty()).collect();
    if members.len() > MAX_MEMBERS || !members.iter().all(|member| is_member(member)) {
        return None;
    }
    while joined_len(&members) > MAX_STATE {
        let long = members
            .iter()
            .rposition(|member| member.len() > LONG_MEMBER);
        match long {
            Some(index) => _ = members.remove(index),
            None => _ = members.pop(), // the member of the party that wrote first
        }
    }
    (!members.is_empty()).then(|| members.join(",").into())
}

fn joined_len(members: &[&str]) -> usize {
    members
        .iter()
        .map(|member| member.len() + 1)
        .sum::<usize>()
        .saturating_sub(1)
}

fn is_member(member: &str) -> bool {
    member
        .split_once('=')
        .is_some_and(|(key, value)| is_key(key) && is_value(value))
}

/// Returns whether `key` is valid at level 1 or level 2.
fn is_key(key: &str) -> bool {
    let is_part = |part: &str, max: usize| {
        let is_first = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
        let is_next = |c: u8| is_first(c) || matches!(c, b'_' | b'-' | b'*' | b'/');
        (1..=max).contains(&part.len())
            && part.bytes().take(1).all(is_first)
            && part.bytes().all(is_next)
    };
    match key.split_once('@') {
        None => is_part(key, 256),
        Some((tenant, system)) => is_part(tenant, 241) && is_part(system, 14),
    }
}

fn is_value(value: &str) -> bool {
    let is_valid = |c: u8| matches!(c, b' '..=b'~') && !matches!(c, b',' | b'=');
    (1..=256).contains(&value.len()) && !value.ends_with(' ') && value.bytes().all(is_valid)
}

/// Returns the members that are passed on; `None` if there are none, or if the text has a character
/// that no header may have.
pub(super) fn parse_baggage(header: &str) -> Option<Arc<str>> {
    let header = header.trim_matches([' ', '\t']);
    let is_valid = |c: u8| matches!(c, b'\t' | b' '..=b'~');
    if header.is_empty() || !header.bytes().all(is_valid) {
        return None;
    }
    if header.len() <= MAX_BAGGAGE {
        return Some(header.into());
    }
    let end = header[..=MAX_BAGGAGE].rfind(',')?;
    Some(header[..end].into())
}
