//! Names in a flame graph, and the limits of its memory.

#![cfg(feature = "flame")]

mod support;

use std::thread;

use event_core::{Kind, data, open_event, trigger_event};
use event_export::FlameGraph;
use support::folded::{self, install, install_by_count};
use support::svg::titles;

#[test]
fn special_characters_are_escaped_so_that_each_name_is_one_frame() {
    let names = [
        "a;b",
        "a\nb",
        "two words",
        "take 2",
        " padded ",
        "# not a comment",
        "\\x3b",
        "<&\">",
        "\0\u{1b}[1m",
        "naïve λ",
        "x_[k]",
        "--",
        "1 2",
        "\u{ffff}",
    ];
    let flame = install_by_count("flame:odd");
    let kind = Kind::new("flame:odd; 7").unwrap();
    let of_kind = install("flame:odd; 7", FlameGraph::new().by_count());
    for name in names {
        trigger_event("flame:odd", data! { name }, || {});
        trigger_event(kind, data! { name }, || trigger_event(kind, (), || {}));
    }
    let stacks = folded::parse(&flame.folded());
    assert_eq!(stacks.len(), names.len());
    assert!(
        stacks.keys().all(|stack| !stack.contains(';')),
        "{stacks:?}"
    );
    assert!(stacks.contains_key(r"a\x3bb [flame:odd]"));
    assert!(stacks.contains_key(r"a\nb [flame:odd]"));
    assert!(stacks.contains_key("take 2 [flame:odd]"));
    assert!(stacks.contains_key(r"\x3b [flame:odd]"));
    assert_eq!(titles(&flame.svg().unwrap()).len(), names.len() + 1);

    let stacks = folded::parse(&of_kind.folded());
    assert_eq!(stacks.len(), 2 * names.len());
    assert!(stacks.keys().all(|stack| stack.matches(';').count() <= 1));
    assert!(stacks.contains_key(r"a\x3bb [flame:odd\x3b 7];flame:odd\x3b\x207"));
    assert_eq!(titles(&of_kind.svg().unwrap()).len(), 2 * names.len() + 1);
}

#[test]
fn names_are_spelt_as_in_the_table() {
    let flame = install_by_count("flame:spelt");
    let name = "na\\m\u{200b}e o";
    trigger_event("flame:spelt", data! { name }, || {});
    let stacks = folded::parse(&flame.folded());
    assert!(
        stacks.contains_key(r"na\m\u{200b}e o [flame:spelt]"),
        "{stacks:?}"
    );
}

#[test]
fn a_frame_is_not_split_by_another_with_the_same_prefix() {
    // inferno sorts `split [flame:split]` between `split` and `split;…`.
    let flame = install("split*", FlameGraph::new().by_count());
    trigger_event("split", (), || trigger_event("split:inside", (), || {}));
    trigger_event("split", data! { name = "split" }, || {});
    trigger_event("split", data! { name = "split it" }, || {});
    trigger_event("split", (), || {});
    let titles = titles(&flame.svg().unwrap());
    let whole = titles
        .iter()
        .filter(|title| title.starts_with("split ("))
        .collect::<Vec<_>>();
    assert_eq!(whole, ["split (4 calls, 80.00%)"], "{titles:?}");
}

#[test]
fn a_long_name_is_truncated() {
    let flame = install_by_count("flame:long");
    let name = &*"long ".repeat(10_000);
    trigger_event("flame:long", data! { name }, || {});
    trigger_event("flame:long", data! { name }, || {});
    let stacks = folded::parse(&flame.folded());
    let (stack, count) = stacks.first_key_value().unwrap();
    assert_eq!(*count, 2);
    assert!(stack.contains('…'), "{stack}");
    assert!(stack.len() < 250);
}

#[test]
fn the_number_of_stacks_is_limited() {
    let flame = install_by_count("flame:bound");
    let limit = 16_384;
    for n in 0..limit + 1_000 {
        let name = &*format!("item {n}");
        trigger_event("flame:bound", data! { name }, || {
            trigger_event("flame:bound", data! { name = "deep" }, || {
                trigger_event("flame:bound", data! { name }, || {});
            });
        });
    }
    let stacks = folded::parse(&flame.folded());
    assert!(stacks.len() <= 2 * limit, "{}", stacks.len());
    assert_eq!(stacks.values().sum::<u64>(), 3 * (limit as u64 + 1_000));
    assert!(stacks["(others)"] > 1_000);
    titles(&flame.svg().unwrap());
}

#[test]
fn the_number_of_threads_is_limited() {
    let flame = install("flame:churn", FlameGraph::new().by_count().per_thread());
    let limit = 16_384;
    for _ in 0..limit / 2 + 1_000 {
        let work = || trigger_event("flame:churn", (), || {});
        thread::spawn(work).join().unwrap();
    }
    let stacks = folded::parse(&flame.folded());
    assert!(stacks.len() <= limit, "{}", stacks.len());
    assert_eq!(stacks.values().sum::<u64>(), limit as u64 / 2 + 1_000);
    assert!(stacks["(others)"] >= 999, "{}", stacks["(others)"]);
    assert_eq!(stacks["unnamed thread (2);flame:churn"], 1);
}

#[test]
fn open_events_of_one_place_are_named_by_their_data() {
    let flame = install_by_count("flame:open");
    for name in ["first", "second", "first"] {
        drop(open_event("flame:open", data! { name }));
    }
    let stacks = folded::parse(&flame.folded());
    assert_eq!(stacks.len(), 2, "{stacks:?}");
    assert!(flame.folded().contains("first [flame:open] 2\n"));
    assert!(flame.folded().contains("second [flame:open] 1\n"));
}
