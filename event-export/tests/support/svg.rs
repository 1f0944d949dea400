//! Flame graphs as SVG, read as XML.

use roxmltree::{Document, ParsingOptions};

fn parse(svg: &str) -> Document<'_> {
    let options = ParsingOptions {
        allow_dtd: true,
        ..Default::default()
    };
    let document = Document::parse_with_options(svg, options).unwrap();
    assert_eq!(document.root_element().tag_name().name(), "svg");
    document
}

/// Returns the tooltips of all frames.
pub(crate) fn titles(svg: &str) -> Vec<String> {
    let document = parse(svg);
    let titles = document
        .descendants()
        .filter(|node| node.has_tag_name(("http://www.w3.org/2000/svg", "title")));
    titles
        .map(|title| title.text().unwrap_or("").to_owned())
        .collect()
}

/// Returns the text of the style sheet.
pub(crate) fn style(svg: &str) -> String {
    let document = parse(svg);
    let mut elements = document.descendants();
    let style = elements.find(|node| node.tag_name().name() == "style");
    style.unwrap().text().unwrap().to_owned()
}

/// Returns the vertical position of the frame whose tooltip begins with `title`.
pub(crate) fn frame_y(svg: &str, title: &str) -> u32 {
    let document = parse(svg);
    let frame = document.descendants().find(|node| {
        let mut titles = node.children().filter(|it| it.has_tag_name((SVG, "title")));
        titles.any(|it| it.text().unwrap_or("").starts_with(title))
    });
    let frame = frame.unwrap_or_else(|| panic!("no `{title}` in {svg}"));
    let rect = frame.children().find(|it| it.has_tag_name((SVG, "rect")));
    rect.unwrap().attribute("y").unwrap().parse().unwrap()
}

const SVG: &str = "http://www.w3.org/2000/svg";

/// Returns the text of the element with the given id.
pub(crate) fn text(svg: &str, id: &str) -> String {
    let document = parse(svg);
    let element = document
        .descendants()
        .find(|node| node.attribute("id") == Some(id));
    element.unwrap().text().unwrap().to_owned()
}
