//! A reader of the wire format of protobuf, which knows no messages.

/// The value of a field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Field<'m> {
    Varint(u64),
    Double(f64),
    Bytes(&'m [u8]),
}

/// A message: its fields with their numbers, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields<'m>(Vec<(u64, Field<'m>)>);

impl<'m> Fields<'m> {
    pub(crate) fn read(mut message: &'m [u8]) -> Self {
        let mut fields = Vec::new();
        while !message.is_empty() {
            let tag = varint(&mut message);
            let field = match tag & 7 {
                0 => Field::Varint(varint(&mut message)),
                1 => Field::Double(f64::from_le_bytes(
                    take(&mut message, 8).try_into().unwrap(),
                )),
                2 => Field::Bytes(delimited(&mut message)),
                other => panic!("wire type {other}"),
            };
            fields.push((tag >> 3, field));
        }
        Self(fields)
    }

    fn all(&self, number: u64) -> impl Iterator<Item = Field<'m>> {
        let fields = self.0.iter().filter(move |(other, _)| *other == number);
        fields.map(|(_, field)| *field)
    }

    /// Returns the messages of a repeated field.
    pub(crate) fn messages(&self, number: u64) -> Vec<Self> {
        let messages = self.all(number).map(|field| match field {
            Field::Bytes(bytes) => Self::read(bytes),
            other => panic!("{other:?}"),
        });
        messages.collect()
    }

    pub(crate) fn message(&self, number: u64) -> Option<Self> {
        self.messages(number).pop()
    }

    pub(crate) fn text(&self, number: u64) -> &'m str {
        match self.all(number).last() {
            None => "",
            Some(Field::Bytes(text)) => std::str::from_utf8(text).unwrap(),
            Some(other) => panic!("{other:?}"),
        }
    }

    pub(crate) fn number(&self, number: u64) -> u64 {
        match self.all(number).last() {
            None => 0,
            Some(Field::Varint(value)) => value,
            Some(other) => panic!("{other:?}"),
        }
    }

    /// Returns the value of a field of type `sint32` or `sint64`.
    pub(crate) fn signed(&self, number: u64) -> i64 {
        zigzag(self.number(number))
    }

    pub(crate) fn double(&self, number: u64) -> f64 {
        match self.all(number).last() {
            None => 0.0,
            Some(Field::Double(value)) => value,
            Some(other) => panic!("{other:?}"),
        }
    }

    /// Returns the values of a repeated field of type `sint64`, which may be packed.
    pub(crate) fn all_signed(&self, number: u64) -> Vec<i64> {
        let mut all = Vec::new();
        for field in self.all(number) {
            match field {
                Field::Varint(value) => all.push(zigzag(value)),
                Field::Bytes(mut packed) => {
                    while !packed.is_empty() {
                        all.push(zigzag(varint(&mut packed)));
                    }
                }
                Field::Double(value) => panic!("{value}"),
            }
        }
        all
    }
}

/// Splits messages that are preceded by their lengths.
pub(crate) fn split_delimited(mut messages: &[u8]) -> Vec<Fields<'_>> {
    let mut all = Vec::new();
    while !messages.is_empty() {
        all.push(Fields::read(delimited(&mut messages)));
    }
    all
}

fn take<'m>(message: &mut &'m [u8], len: usize) -> &'m [u8] {
    let (taken, rest) = message.split_at(len);
    *message = rest;
    taken
}

fn delimited<'m>(message: &mut &'m [u8]) -> &'m [u8] {
    let len = varint(message);
    take(message, usize::try_from(len).unwrap())
}

fn varint(message: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = take(message, 1)[0];
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return value;
        }
    }
    panic!("a number has more than ten bytes");
}

fn zigzag(value: u64) -> i64 {
    let signed = |number: u64| i64::try_from(number).unwrap();
    signed(value >> 1) ^ -signed(value & 1)
}
