use event_core::trigger_event;

struct Parser;

#[trigger_event("ui:kind", ret, err)]
impl Parser {
    #[track_caller]
    fn number(&self, text: &str) -> Result<u8, String> {
        let number: u8 = text.parse::<u8>()?;
        Ok(number)
    }

    #[track_caller]
    fn first(&self, text: &str) -> Option<u8> {
        let number: u8 = text.parse::<u8>()?;
        Some(number)
    }

    #[track_caller]
    fn last(&self, text: &str) -> u8 {
        text.parse::<u8>()?
    }

    #[track_caller]
    fn shown(&self, text: &str) -> Result<impl std::fmt::Debug, String> {
        let number: u8 = text.parse::<u8>()?;
        Ok(number)
    }
}

fn main() {
    let _ = (Parser.number("1"), Parser.first("1"), Parser.last("1"));
    drop(Parser.shown("1"));
}
