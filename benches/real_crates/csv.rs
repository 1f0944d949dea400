//! Writes records and reads them again.

pub fn round() {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in 0..1_000 {
        let row = row.to_string();
        writer
            .write_record([&row, "a \"quoted\" field", "plain", ""])
            .expect("the memory is sufficient");
    }
    let bytes = writer.into_inner().expect("the memory is sufficient");
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(&bytes[..]);
    let fields: usize = reader
        .records()
        .map(|record| record.expect("valid").len())
        .sum();
    assert_eq!(fields, 4_000);
}
