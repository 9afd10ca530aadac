//! Trees of XML.

use roxmltree::Document;
use roxmltree::Node;
use roxmltree::ParsingOptions;

use super::TEXT;
use super::Tree;
use super::TreeBounds;
use super::TreeFault;
use super::bounds::Room;

/// Most nodes of XML for each value of the tree: white space, comments and elements are nodes.
const NODES_PER_VALUE: usize = 4;

/// Reads an XML document. Returns the name of the root and its content. Names have no prefix, and
/// CDATA is text. A document type declaration is a fault, so that no entity expands.
///
/// # Errors
/// [`TreeFault`]: the text is not XML, or exceeds the bounds.
pub fn from_xml(text: &str, bounds: TreeBounds) -> Result<(String, Tree), TreeFault> {
    nesting(text, bounds)?;
    let nodes_limit = bounds.values.saturating_mul(NODES_PER_VALUE);
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: u32::try_from(nodes_limit).unwrap_or(u32::MAX),
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(text, options).map_err(|error| match error {
        roxmltree::Error::NodesLimitReached => TreeFault::Large(bounds.values),
        error => TreeFault::Syntax(error.to_string()),
    })?;
    let root = document.root_element();
    Ok((root.tag_name().name().to_owned(), read(root, 0, &mut Room::new(bounds))?))
}

/// Refuses a document with too many levels before it is parsed, because any builder of trees can be
/// made to recurse. What is not XML is left to the parser.
fn nesting(text: &str, bounds: TreeBounds) -> Result<(), TreeFault> {
    let mut open = 0_usize;
    let mut rest = text;
    while let Some((_, tag)) = rest.split_once('<') {
        let skipped = [("!--", "-->"), ("![CDATA[", "]]>"), ("?", "?>"), ("!", ">")];
        let skipped = skipped.into_iter().find(|(start, _)| tag.starts_with(start));
        if let Some((start, end)) = skipped {
            let inner = tag.get(start.len()..).unwrap_or_default();
            let Some((_, after)) = inner.split_once(end) else { return Ok(()) };
            rest = after;
            continue;
        }
        let Some(end) = tag_end(tag) else { return Ok(()) };
        let (inside, after) = tag.split_at(end);
        if inside.starts_with('/') {
            open = open.saturating_sub(1);
        } else if !inside.ends_with('/') {
            open += 1;
        }
        if open > bounds.depth + 1 {
            return Err(TreeFault::Deep(bounds.depth));
        }
        rest = after;
    }
    Ok(())
}

/// Returns where a tag ends: its `>` outside of quotes.
fn tag_end(tag: &str) -> Option<usize> {
    let mut quote = None;
    tag.bytes().position(|byte| match (quote, byte) {
        (None, b'"' | b'\'') => {
            quote = Some(byte);
            false
        }
        (Some(open), byte) if open == byte => {
            quote = None;
            false
        }
        (quote, byte) => quote.is_none() && byte == b'>',
    })
}

fn read(element: Node<'_, '_>, level: usize, room: &mut Room) -> Result<Tree, TreeFault> {
    room.take(level)?;
    let mut pairs = Vec::new();
    for attribute in element.attributes() {
        room.take(level + 1)?;
        let value = Tree::Text(attribute.value().to_owned());
        pairs.push((format!("@{}", attribute.name()), value));
    }
    let text: String = element
        .children()
        .filter(Node::is_text)
        .filter_map(|node| node.text())
        .collect::<String>()
        .trim()
        .to_owned();
    let elements: Vec<_> = element.children().filter(Node::is_element).collect();
    if pairs.is_empty() && elements.is_empty() {
        return Ok(Tree::Text(text));
    }
    if !text.is_empty() {
        pairs.push((TEXT.to_owned(), Tree::Text(text)));
    }
    for child in elements {
        pairs.push((child.tag_name().name().to_owned(), read(child, level + 1, room)?));
    }
    Ok(Tree::Named(pairs))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: TreeBounds = TreeBounds { depth: 4, values: 20 };

    #[test]
    fn elements_attributes_and_cdata_are_read() {
        let text = "<?xml version=\"1.0\"?>\n<r a=\"1\"><s:b xmlns:s=\"u\"><![CDATA[x <y> & z]]></s:b>\
                    <e/><e code=\"7\"> bad </e><!-- no --></r>";
        let (root, tree) = from_xml(text, BOUNDS).unwrap();
        assert_eq!(root, "r");
        let leaf = |text: &str| Tree::Text(text.to_owned());
        let e = Tree::Named(vec![("@code".to_owned(), leaf("7")), (TEXT.to_owned(), leaf("bad"))]);
        let pairs = [("@a", leaf("1")), ("b", leaf("x <y> & z")), ("e", leaf("")), ("e", e)];
        assert_eq!(tree, Tree::Named(pairs.map(|(name, tree)| (name.to_owned(), tree)).into()));
    }

    #[test]
    fn bounds_hold_at_their_edges() {
        let nested =
            |levels: usize| format!("<r>{}{}</r>", "<a>".repeat(levels), "</a>".repeat(levels));
        assert!(from_xml(&nested(4), BOUNDS).is_ok());
        assert_eq!(from_xml(&nested(5), BOUNDS), Err(TreeFault::Deep(4)));
        assert_eq!(from_xml(&nested(200_000), BOUNDS), Err(TreeFault::Deep(4)));
        // Signs in quotes, comments and CDATA neither open nor close.
        let hidden = format!("<r>{}", "<a b='/>'>".repeat(50_000));
        assert_eq!(from_xml(&hidden, BOUNDS), Err(TreeFault::Deep(4)));
        let shown = format!("<r><!--{0}--><![CDATA[{0}]]><a b=\"{1}\"/></r>", "<a>", "&lt;a>");
        assert!(from_xml(&shown.replace("<a>", &"<a>".repeat(9)), BOUNDS).is_ok());
        let wide = |items: usize| format!("<r>{}</r>", "<a/>".repeat(items));
        assert!(from_xml(&wide(19), BOUNDS).is_ok());
        assert_eq!(from_xml(&wide(20), BOUNDS), Err(TreeFault::Large(20)));
        assert_eq!(from_xml(&wide(50_000), BOUNDS), Err(TreeFault::Large(20)));
    }

    #[test]
    fn no_entity_expands() {
        let text = "<!DOCTYPE r [<!ENTITY a \"aaaa\"><!ENTITY x SYSTEM \"file:///etc/passwd\">]>\
                    <r>&x;&a;</r>";
        assert!(matches!(from_xml(text, BOUNDS), Err(TreeFault::Syntax(_))));
    }

    #[test]
    fn what_is_not_xml_is_refused() {
        for text in ["", "x", "<a>", "<a></b>", "<a/><b/>", "<a b=c/>", "{\"a\":1}", "<a>&b;</a>"] {
            assert!(matches!(from_xml(text, BOUNDS), Err(TreeFault::Syntax(_))), "{text}");
        }
    }
}
