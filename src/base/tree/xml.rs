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

/// Refuses what surely has too many levels before it is parsed, because a parser may recurse.
fn nesting(text: &str, bounds: TreeBounds) -> Result<(), TreeFault> {
    let mut level = 0_usize;
    for (at, _) in text.match_indices('<') {
        let rest = text.get(at + 1..).unwrap_or_default();
        match rest.bytes().next() {
            Some(b'/') => level = level.saturating_sub(1),
            Some(b'!' | b'?') | None => {}
            Some(_) => {
                let tag = rest.find('>').and_then(|end| rest.get(..end)).unwrap_or_default();
                level += usize::from(!tag.ends_with('/'));
            }
        }
        // Text in comments and CDATA may look like tags; only the tree has the exact depth.
        if level > (bounds.depth + 1).saturating_mul(8) {
            return Err(TreeFault::Deep(bounds.depth));
        }
    }
    Ok(())
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
