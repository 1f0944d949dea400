//! The formats of the metrics.

use super::calls::Snapshot;
#[cfg(feature = "metrics-protobuf")]
use super::protobuf;
use super::text::TextFormat;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Text(TextFormat),
    #[cfg(feature = "metrics-protobuf")]
    Protobuf,
}

impl Format {
    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::Text(format) => format.content_type(),
            #[cfg(feature = "metrics-protobuf")]
            Self::Protobuf => protobuf::CONTENT_TYPE,
        }
    }

    pub(super) fn encode(self, metrics: Snapshot) -> Vec<u8> {
        match self {
            Self::Text(format) => metrics.into_text(format).into_bytes(),
            #[cfg(feature = "metrics-protobuf")]
            Self::Protobuf => metrics.to_protobuf(),
        }
    }

    /// Returns the format that the requester prefers, from the elements of its `Accept` fields.
    pub(super) fn preferred<'a>(accept: impl Iterator<Item = &'a str>) -> Self {
        let mut best = (Self::Text(TextFormat::Prometheus), 0.0);
        for range in accept {
            let Some(format) = Self::of_range(range) else {
                continue;
            };
            let mut parameters = range.split(';').skip(1).map(str::trim);
            let weight = parameters.find_map(|it| it.strip_prefix("q=")?.parse::<f32>().ok());
            let weight = weight.unwrap_or(1.0);
            if weight > best.1
                || (weight >= best.1 && weight > 0.0 && format.rank() > best.0.rank())
            {
                best = (format, weight);
            }
        }
        best.0
    }

    /// Returns the format of an element of an `Accept` field.
    fn of_range(range: &str) -> Option<Self> {
        match range.split(';').next()?.trim() {
            "application/openmetrics-text" => Some(Self::Text(TextFormat::OpenMetrics)),
            "text/plain" => Some(Self::Text(TextFormat::Prometheus)),
            #[cfg(feature = "metrics-protobuf")]
            protobuf::MEDIA_TYPE => protobuf::is_requested(range).then_some(Self::Protobuf),
            _ => None,
        }
    }

    /// Returns how much a format carries. Of equally preferred formats the highest is chosen.
    const fn rank(self) -> u8 {
        match self {
            Self::Text(TextFormat::Prometheus) => 0,
            Self::Text(TextFormat::OpenMetrics) => 1,
            #[cfg(feature = "metrics-protobuf")]
            Self::Protobuf => 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Format = Format::Text(TextFormat::Prometheus);
    const OPEN_METRICS: Format = Format::Text(TextFormat::OpenMetrics);

    fn preferred(accept: &str) -> Format {
        Format::preferred(accept.split(','))
    }

    #[test]
    fn the_preferred_text_format_is_chosen() {
        assert_eq!(preferred(""), PLAIN);
        assert_eq!(preferred("*/*"), PLAIN);
        assert_eq!(preferred("text/plain"), PLAIN);
        assert_eq!(preferred("application/openmetrics-text"), OPEN_METRICS);
        assert_eq!(preferred("application/openmetrics-text;q=0"), PLAIN);
        // The fields of Prometheus 2.42 and 3.5.
        let old = "application/openmetrics-text;version=1.0.0,\
                   application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5";
        let new = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,\
                   text/plain;version=1.0.0;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1";
        assert_eq!(preferred(old), OPEN_METRICS);
        assert_eq!(preferred(new), OPEN_METRICS);
        let plain_first = "text/plain;version=0.0.4;q=0.9,application/openmetrics-text;q=0.5";
        assert_eq!(preferred(plain_first), PLAIN);
        let equal = "text/plain, application/openmetrics-text";
        assert_eq!(preferred(equal), OPEN_METRICS);
    }

    #[cfg(feature = "metrics-protobuf")]
    #[test]
    fn protobuf_is_chosen_if_its_message_is_preferred() {
        // The field of Prometheus 2.42 with native histograms.
        let prometheus = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;\
                          encoding=delimited,application/openmetrics-text;version=1.0.0;q=0.8,\
                          text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        assert_eq!(preferred(prometheus), Format::Protobuf);
        let less = prometheus.replace("delimited", "delimited;q=0.7");
        assert_eq!(preferred(&less), OPEN_METRICS);
        let other = prometheus.replace("MetricFamily", "Other");
        assert_eq!(preferred(&other), OPEN_METRICS);
        let text = prometheus.replace("delimited", "text");
        assert_eq!(preferred(&text), OPEN_METRICS);
    }
}
