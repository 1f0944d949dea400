//! Functions with a long body, which is compiled outside of the annotated function.

use std::panic::{AssertUnwindSafe, catch_unwind};

use event_core::{local, trigger_event};

#[derive(Debug, PartialEq)]
struct Zero;

#[derive(Debug, Default)]
struct Sums {
    sums: Vec<u64>,
}

impl Sums {
    #[trigger_event("outlined:shared")]
    fn shared(&self, add: u64, text: &str) -> Result<u64, Zero> {
        let mut sum = add;
        for byte in text.bytes() {
            sum += u64::from(byte);
        }
        for other in &self.sums {
            sum += other;
        }
        if sum == 0 { Err(Zero) } else { Ok(sum) }
    }

    #[trigger_event("outlined:exclusive")]
    fn exclusive<'a>(&'a mut self, add: u64, text: &str) -> Option<&'a mut u64> {
        let mut sum = add;
        for byte in text.bytes() {
            assert_ne!(byte, b'!', "an exclamation mark");
            sum += u64::from(byte);
        }
        self.sums.push(sum);
        self.sums.last_mut()
    }

    #[trigger_event("outlined:number")]
    fn number(&self, add: u64) -> u64 {
        let mut sum = add;
        for other in &self.sums {
            sum += other;
        }
        sum
    }

    #[trigger_event("outlined:err", err, ret)]
    fn checked(&mut self, add: u64) -> Result<u64, Zero> {
        for sum in &mut self.sums {
            *sum += add;
        }
        let sum: u64 = self.sums.iter().sum();
        if sum == 0 { Err(Zero) } else { Ok(sum) }
    }
}

#[trigger_event("outlined:generic")]
fn generic<T: Clone>(item: &T, count: usize) -> Vec<T> {
    let mut items = Vec::new();
    for _ in 0..count {
        items.push(item.clone());
    }
    items
}

#[trigger_event("outlined:nested")]
fn nested(levels: u32) -> Result<u32, String> {
    let mut sum = 0;
    for level in 0..levels {
        sum += nested(level)?;
    }
    if levels == 3 {
        Err(format!("sum {sum}"))
    } else {
        Ok(sum + 1)
    }
}

#[test]
fn a_method_that_returns_a_result_has_start_and_end() {
    let sums = Sums::default();
    assert_eq!(sums.shared(1, "a"), Ok(98)); // without a listener
    let recorder = local::install_recorder("outlined:shared");
    assert_eq!(sums.shared(1, "a"), Ok(98));
    assert_eq!(sums.shared(0, ""), Err(Zero));
    assert_eq!(
        recorder.lines(),
        [
            r#"START outlined:shared Sums::shared add=1 text="a""#,
            r#"END outlined:shared Sums::shared add=1 text="a""#,
            r#"START outlined:shared Sums::shared add=0 text="""#,
            r#"END outlined:shared Sums::shared add=0 text="""#,
        ]
    );
}

#[test]
fn a_method_modifies_self_once() {
    let mut sums = Sums::default();
    let recorder = local::install_recorder("outlined:exclusive");
    *sums.exclusive(1, "a").unwrap() += 1;
    assert_eq!(sums.sums, [99]);
    assert_eq!(recorder.len(), 2);
    let panicked = catch_unwind(AssertUnwindSafe(|| sums.exclusive(1, "!").is_some()));
    assert!(panicked.is_err());
    assert_eq!(sums.sums, [99]);
    let (_, end) = recorder.buffer().pop().unwrap();
    let exc = end.exc_details().unwrap().to_string();
    assert!(exc.contains("an exclamation mark"), "{exc}");
}

#[test]
fn a_method_that_returns_a_number_has_start_and_end() {
    let sums = Sums { sums: vec![2, 3] };
    assert_eq!(sums.number(1), 6);
    let recorder = local::install_recorder("outlined:number");
    assert_eq!(sums.number(1), 6);
    assert_eq!(recorder.len(), 2);
}

#[test]
fn the_returned_value_is_inspected() {
    let mut sums = Sums { sums: vec![0, 0] };
    assert_eq!(sums.checked(0), Err(Zero));
    let recorder = local::install_recorder("outlined:err");
    assert_eq!(sums.checked(0), Err(Zero));
    assert_eq!(sums.checked(2), Ok(4));
    let lines = recorder.lines();
    assert!(lines[1].ends_with("failed: error: Zero"), "{lines:?}");
    assert!(lines[3].ends_with("add=2 return=4"), "{lines:?}");
}

#[test]
fn a_generic_function_has_start_and_end() {
    let recorder = local::install_recorder("outlined:generic");
    assert_eq!(generic(&'a', 2), ['a', 'a']);
    assert_eq!(generic(&"b", 1), ["b"]);
    assert_eq!(recorder.len(), 4);
}

#[test]
fn each_call_of_a_recursion_has_start_and_end() {
    let sums = |levels| (nested(levels), nested(levels));
    let plain = sums(3);
    let recorder = local::install_recorder("outlined:nested");
    assert_eq!(sums(3), plain);
    let depths: Vec<usize> = (recorder.buffer().iter())
        .scan(0, |depth, (_, event)| {
            *depth = if event.is_start() {
                *depth + 1
            } else {
                *depth - 1
            };
            Some(*depth)
        })
        .collect();
    assert_eq!(depths.len(), 32);
    assert_eq!(depths.iter().max(), Some(&4));
    assert_eq!(depths.last(), Some(&0));
}
