//! Parses URLs, joins them, and changes their parts.

use url::Url;

pub fn round() {
    let mut length = 0;
    for number in 0..400 {
        let text = format!(
            "https://user:pw@host{number}.example.com:8080/a/b%20c/../d?x={number}&y=%41#part"
        );
        let base = Url::parse(&text).expect("the text is valid");
        let mut joined = base.join("../e/f?z=1").expect("the path is valid");
        joined.query_pairs_mut().append_pair("key", "a value");
        joined.set_fragment(Some("end"));
        length += joined.as_str().len() + base.query_pairs().count();
        length += joined.path_segments().map_or(0, Iterator::count);
    }
    assert!(length > 10_000);
}
