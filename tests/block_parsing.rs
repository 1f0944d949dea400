//! Items in annotated blocks whose ends and heads are hard to tell.
#![allow(
    dead_code,
    clippy::all,
    clippy::pedantic,
    reason = "the functions are shapes, not code"
)]

use event_core::{Event, EventStatus, Listener, RecordingListener, local, trigger_event};

struct Holder<T, const N: usize>([T; N]);

struct Braces;

#[trigger_event("block_parsing:braces")]
impl Braces {
    fn within_a_type(held: Holder<fn() -> u8, { 1 + 1 }>) -> usize {
        held.0.len()
    }
}

#[trigger_event("block_parsing:inner")]
mod inner {
    //! An inner attribute.
    #![allow(dead_code)]
    #![allow(non_snake_case)]

    pub(super) fn Named(n: u8) -> u8 {
        n
    }
}

#[trigger_event("block_parsing:inner")]
impl Holder<u8, 1> {
    #![allow(non_snake_case)]

    fn First(&self) -> u8 {
        self.0[0]
    }
}

fn starts(kind: &'static str, call: impl FnOnce()) -> usize {
    let recorder = local::install_recorder(kind);
    call();
    recorder.len() / 2
}

#[test]
fn braces_inside_a_type_are_not_a_body() {
    let call = || assert_eq!(Braces::within_a_type(Holder([|| 1, || 2])), 2);
    assert_eq!(starts("block_parsing:braces", call), 1);
}

#[test]
fn inner_attributes_of_blocks_stay_in_place() {
    assert_eq!(starts("block_parsing:inner", || _ = inner::Named(1)), 1);
    assert_eq!(
        starts("block_parsing:inner", || _ = Holder([1_u8]).First()),
        1
    );
}

/// Conditions that name other attributes leave a function its one event, and a macro's visibility too.
#[test]
fn cfg_attr_and_macro_visibility_are_not_items() {
    macro_rules! with_visibility {
        ($vis:vis $name:ident) => {
            #[trigger_event("block_parsing:vis")]
            mod $name {
                #[cfg_attr(all(), inline)]
                $vis fn seen() {}
            }
        };
    }
    with_visibility!(pub(super) given);
    with_visibility!(pub(crate) more);
    assert_eq!(starts("block_parsing:vis", given::seen), 1);
    assert_eq!(starts("block_parsing:vis", more::seen), 1);
}

/// `skip` names an argument of any function in the block.
#[test]
fn block_skip_applies_only_where_the_argument_exists() {
    #[trigger_event("block_parsing:skip", skip(secret))]
    mod skips {
        pub(super) fn with(secret: u8, n: u8) -> u8 {
            secret + n
        }
        pub(super) fn without(n: u8) -> u8 {
            n
        }
    }
    let recorder = local::install_recorder("block_parsing:skip");
    assert_eq!(skips::with(1, 2) + skips::without(3), 6);
    let buffer = recorder.buffer();
    let data = |place: usize| buffer[place].1.data().to_string();
    assert_eq!((data(0), data(2)), ("n=2".into(), "n=3".into()));
}

/// A listener that holds itself in parentheses is one all the same.
#[test]
fn listener_can_contain_itself_inside_another_type() {
    #[derive(Listener, Default)]
    #[listen("block_parsing:chain")]
    struct Chain {
        #[listen(forward)]
        recorder: RecordingListener,
        #[allow(unused_parens)]
        #[listen(forward)]
        next: Option<Box<(Chain)>>,
    }
    let chain = Chain {
        next: Some(Box::default()),
        ..Chain::default()
    };
    chain.on_start(&Event::new("block_parsing:chain", EventStatus::Start));
    assert_eq!(chain.recorder.len(), 1);
    assert_eq!(chain.next.expect("it was given").recorder.len(), 1);
}
