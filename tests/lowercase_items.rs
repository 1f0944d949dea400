//! Statics, constants and unit structs with lower-case names, as a translator from C writes them.
//!
//! A variable of an expansion must not have their names: in a pattern, such a name is the item.

use event_core::local;
use futures::executor::block_on;

mod translated {
    #![expect(non_upper_case_globals, reason = "the names matter")]
    #![allow(dead_code, reason = "only some of them are used")]

    use std::fmt::{Debug, Error};
    use std::num::ParseIntError;
    use std::pin::Pin;

    use event_core::{EventData, Listener, RecordingListener, add_data, data, enter, scope};
    use event_core::{trigger_event, try_scope};

    macro_rules! statics {
        ($($name:ident)*) => { $( pub(super) static $name: [u8; 1] = [1]; )* };
    }

    macro_rules! constants {
        ($($name:ident)*) => { $( pub(super) const $name: [u8; 1] = [1]; )* };
    }

    macro_rules! unit_structs {
        ($($name:ident)*) => { $( #[expect(non_camel_case_types)] pub(super) struct $name; )* };
    }

    statics! { call value error guard started args result listener key kinds index residual field poll _suppress }
    constants! { site output run make collected wants_data scope_data body event kind argument parts }
    unit_structs! { any inspect fields future status data_of_event callsite closure start end interest _guard }

    #[derive(EventData)]
    pub(super) struct Row<'a> {
        pub(super) name: &'a str,
        #[data(redact)]
        pub(super) secret: u8,
    }

    #[derive(Default, Listener)]
    #[listen("lowercase:*")]
    pub(super) struct Forwards {
        #[listen(forward)]
        inner: RecordingListener,
    }

    #[trigger_event("lowercase:a", ret, err, data(n = n + 1, text, ?list, shown = %n))]
    pub(super) fn with_data(n: u8, text: &str, list: &[u8]) -> Result<u8, Error> {
        if text.is_empty() {
            return Err(Error);
        }
        Ok(n + list[0])
    }

    #[trigger_event("lowercase:a", ret)]
    pub(super) fn patterns((a, _): (u8, u8), _: u8, _unused: u8, mut n: u8) -> u8 {
        n += a;
        n
    }

    #[trigger_event("lowercase:a", ret(Display), err(Debug))]
    #[track_caller]
    pub(super) fn tracked(text: &str) -> Result<u8, ParseIntError> {
        let number: u8 = text.parse()?;
        Ok(number)
    }

    #[trigger_event("lowercase:a", ret, err)]
    #[track_caller]
    pub(super) fn opaque(n: u8) -> Result<impl Iterator<Item = u8>, ParseIntError> {
        let more: u8 = "1".parse()?;
        if n > 5 {
            return Ok(std::iter::once(n));
        }
        Ok(std::iter::once(n + more))
    }

    #[trigger_event("lowercase:a", ret, err)]
    pub(super) async fn waits(n: u8, mut text: String) -> Result<String, Error> {
        std::future::ready(n).await;
        text.push('a');
        Ok(text)
    }

    #[trigger_event("lowercase:a", data(n = n))]
    pub(super) async fn waits_with_data(n: u8) -> u8 {
        std::future::ready(n).await
    }

    #[trigger_event("lowercase:a")]
    #[expect(
        clippy::manual_async_fn,
        reason = "this form is the one that is tested"
    )]
    pub(super) fn returned(n: u8) -> impl Future<Output = u8> {
        async move { n }
    }

    #[trigger_event("lowercase:a", ret, err)]
    pub(super) fn boxed(n: u8) -> Pin<Box<dyn Future<Output = Result<u8, u8>>>> {
        Box::pin(async move { Ok(n) })
    }

    #[trigger_event("lowercase:a", ret)]
    #[track_caller]
    pub(super) fn boxed_tracked(n: u8) -> Pin<Box<dyn Future<Output = u8>>> {
        Box::pin(async move { n })
    }

    pub(super) struct Block<T>(pub(super) T);

    #[trigger_event("lowercase:a", ret, err, redact(secret))]
    impl<T: Debug> Block<T> {
        pub(super) fn result(&self, n: u8, secret: &str) -> Result<u8, String> {
            let _ = (self, secret);
            if n > 9 {
                Err("too large".to_owned())
            } else {
                Ok(n)
            }
        }

        pub(super) fn value(&self, apply: impl Fn(u8) -> u8) -> u8 {
            let _ = self;
            apply(3)
        }
    }

    pub(super) fn macros(n: u8) -> Result<u8, Error> {
        scope!("lowercase:a", n, debug = ?n, shown = %n; {});
        let _entered = enter!("lowercase:a", n);
        add_data(data! { more = n, %n, ?n });
        try_scope!("lowercase:a", n; { Ok(n) })
    }
}

#[test]
fn functions_beside_lower_case_items_are_recorded() {
    use translated::{Block, Forwards, Row};

    let recorder = local::install_recorder("lowercase:*");
    let forwards = local::install_listener("lowercase:*", Forwards::default());
    assert_eq!(translated::with_data(1, "a", &[2]), Ok(3));
    assert_eq!(translated::patterns((1, 2), 3, 4, 5), 6);
    assert!(translated::tracked("x").is_err());
    assert_eq!(translated::opaque(1).unwrap().next(), Some(2));
    let text = block_on(translated::waits(1, String::new()));
    assert_eq!(text, Ok("a".to_owned()));
    assert_eq!(block_on(translated::waits_with_data(2)), 2);
    assert_eq!(block_on(translated::returned(3)), 3);
    assert_eq!(block_on(translated::boxed(4)), Ok(4));
    assert_eq!(block_on(translated::boxed_tracked(5)), 5);
    let block = Block(1);
    assert_eq!(block.result(1, "secret"), Ok(1));
    assert_eq!(block.value(|n| n + 1), 4);
    assert_eq!(translated::macros(1), Ok(1));
    let row = Row {
        name: "a",
        secret: 1,
    };
    event_core::trigger_event("lowercase:a", row, || {});
    drop(forwards);
    assert_eq!(recorder.calls().len(), 15);
    assert!(
        recorder
            .lines()
            .iter()
            .all(|line| !line.contains("secret=1"))
    );
}
