//! Kinds and names follow one rule, which the macros and the runtime implement separately.

use event_core::__private::is_escaped;
use event_core::Kind;

#[test]
fn macros_and_runtime_refuse_the_same_characters() {
    let mut refused = 0;
    for character in '\0'..=char::MAX {
        let expected = is_escaped(character);
        assert_eq!(targets::is_escaped(character), expected, "{character:?}");
        refused += u32::from(expected);
    }
    assert!(refused > 65, "more than the control characters");
}

#[test]
fn kinds_refuse_escaped_characters_only() {
    for character in '\0'..=char::MAX {
        let is_valid = !is_escaped(character) && character != '*';
        let is_far = character > '\u{3000}' && !u32::from(character).is_multiple_of(128);
        if is_valid && is_far {
            continue; // each valid kind is kept until the process ends
        }
        let kind = Kind::new(format!("a{character}b"));
        assert_eq!(kind.is_ok(), is_valid, "{character:?}");
    }
}

#[test]
fn attribute_refuses_escaped_characters_in_kinds_and_names() {
    let item = "fn f() {}";
    for escape in [
        r"\n",
        r"\u{85}",
        r"\u{200b}",
        r"\u{2028}",
        r"\u{202e}",
        r"\u{2066}",
        r"\u{feff}",
        r"\u{e0041}",
        r"\u{fff9}",
        r"\u{180e}",
    ] {
        for args in [
            format!(r#""app:a{escape}b""#),
            format!(r#""app:a", name = "a{escape}b""#),
            format!(r#""app:a", data("a{escape}b" = 3)"#),
        ] {
            let expanded = targets::expanded(&args, item);
            assert!(
                expanded.contains("control or invisible"),
                "{args}: {expanded}"
            );
        }
    }
    for escape in [r"\u{200c}", r"\u{200d}", r"\u{e9}", r"\u{a0}", r"\u{ad}"] {
        let args = format!(r#""app:a{escape}b", name = "a{escape}b", data("a{escape}b" = 3)"#);
        let expanded = targets::expanded(&args, item);
        assert!(!expanded.contains("compile_error"), "{args}: {expanded}");
    }
}
