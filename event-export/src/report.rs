//! Placeholder.

use crate::exporter::Exporter;
use crate::part::{Part, PartError};

pub(crate) fn from_part(_: &mut Part<'_>) -> Result<Box<dyn Exporter>, PartError> {
    Err(PartError::Wrong("Report is not there yet".to_owned()))
}
