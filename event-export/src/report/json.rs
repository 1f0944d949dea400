//! A streaming writer of JSON.
//!
//! The JSON is inside a `<script>`, so it must not contain `<`. JSON has `<` only in
//! strings, where `\u003c` is equivalent.

use std::fmt::Display;
use std::io::{self, Write};

/// Writes JSON without a `<`.
pub(super) struct NoMarkup<'w>(pub(super) &'w mut dyn Write);

impl Write for NoMarkup<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        for (index, piece) in bytes.split(|byte| *byte == b'<').enumerate() {
            if index > 0 {
                self.0.write_all(br"\u003c")?;
            }
            self.0.write_all(piece)?;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// An open object or array, whose members are written one by one.
pub(super) struct Json<'w> {
    output: &'w mut dyn Write,
    is_empty: bool,
    closing: &'static str,
}

impl<'w> Json<'w> {
    pub(super) fn object(output: &'w mut dyn Write) -> io::Result<Self> {
        output.write_all(b"{")?;
        Ok(Self::begun(output, "}"))
    }

    fn begun(output: &'w mut dyn Write, closing: &'static str) -> Self {
        Self {
            output,
            is_empty: true,
            closing,
        }
    }

    pub(super) fn finish(self) -> io::Result<()> {
        self.output.write_all(self.closing.as_bytes())
    }

    fn comma(&mut self) -> io::Result<()> {
        if !std::mem::take(&mut self.is_empty) {
            self.output.write_all(b",")?;
        }
        Ok(())
    }

    /// Begins the member `key`.
    pub(super) fn key(&mut self, key: &str) -> io::Result<()> {
        self.text(key)?;
        self.output.write_all(b":")?;
        self.is_empty = true; // no comma before the value
        Ok(())
    }

    pub(super) fn text(&mut self, text: &str) -> io::Result<()> {
        self.comma()?;
        serde_json::to_writer(&mut *self.output, text).map_err(io::Error::from)
    }

    pub(super) fn optional_text(&mut self, text: Option<&str>) -> io::Result<()> {
        match text {
            Some(text) => self.text(text),
            None => self.number("null"),
        }
    }

    /// Writes a number, or `null`.
    pub(super) fn number(&mut self, number: impl Display) -> io::Result<()> {
        self.comma()?;
        write!(self.output, "{number}")
    }

    pub(super) fn optional(&mut self, number: Option<u64>) -> io::Result<()> {
        match number {
            Some(number) => self.number(number),
            None => self.number("null"),
        }
    }

    pub(super) fn numbers<N: Display>(
        &mut self,
        numbers: impl IntoIterator<Item = N>,
    ) -> io::Result<()> {
        let mut array = self.array()?;
        for number in numbers {
            array.number(number)?;
        }
        array.finish()
    }

    pub(super) fn array(&mut self) -> io::Result<Json<'_>> {
        self.comma()?;
        self.output.write_all(b"[")?;
        Ok(Json::begun(self.output, "]"))
    }

    pub(super) fn inner_object(&mut self) -> io::Result<Json<'_>> {
        self.comma()?;
        Json::object(self.output)
    }

    /// Writes an array of arrays. `write` fills one inner array for each item.
    pub(super) fn arrays<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Json<'_>, T) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut outer = self.array()?;
        for item in items {
            let mut inner = outer.array()?;
            write(&mut inner, item)?;
            inner.finish()?;
        }
        outer.finish()
    }
}
