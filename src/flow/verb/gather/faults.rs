//! What is wrong with a question as a whole.

use roxmltree::Node;

use crate::flow::reader::Fault;
use crate::flow::reader::Reader;

use super::Check;
use super::Choice;
use super::Gather;

impl Gather {
    pub(super) fn find_faults(&self, node: Node<'_, '_>, reader: &mut Reader<'_>) {
        let offset = node.range().start;
        let asks = node.has_attribute("field") || node.children().any(|c| c.has_tag_name("Option"));
        if !asks {
            let fault = Fault::new(offset, "<Gather> keeps no answer");
            reader.error(fault.hint("add the attribute `field`, or <Option>s that go somewhere"));
        }
        if self.prompt.is_empty() && !node.children().any(|c| c.is_element() && is_prompt(c)) {
            let hint = "add <Say> or <Play>, or the caller hears nothing";
            reader.warning(reader.place(offset), String::from("<Gather> asks nothing"), hint);
        }
        if let (Some(fixed), Some(said), Some(attribute)) = (
            self.check.as_ref().and_then(Check::digits),
            self.digits,
            node.attribute_node("numDigits"),
        ) && fixed != said
        {
            let message = format!("`validate` needs {fixed} digits, and `numDigits` is {said}");
            reader.fault_in(attribute, message, &format!("write {fixed}, or leave it out"));
        }
        self.find_clashes(node, reader);
    }

    fn find_clashes(&self, node: Node<'_, '_>, reader: &mut Reader<'_>) {
        let options = node.children().filter(|child| child.has_tag_name("Option"));
        let digits = options.filter_map(|o| o.attribute_node("digits"));
        let digits: Vec<_> = digits.take(super::OPTIONS_MAX).collect();
        for (index, later) in digits.iter().enumerate() {
            let keys = later.value();
            if let Some(wanted) = self.digits.filter(|wanted| *wanted != keys.len()) {
                let message =
                    format!("the option `{keys}` can never be typed: answers have {wanted} keys");
                reader.fault_in(*later, message, "change `digits` or `numDigits`");
            }
            if self.finish.is_some_and(|finish| keys.contains(finish)) {
                let message = format!("the option `{keys}` holds the key that ends an answer");
                reader.fault_in(*later, message, "set `numDigits`, or another `finishOnKey`");
            }
            for earlier in digits.iter().take(index) {
                if let Some(message) = clash(earlier.value(), keys, self.digits) {
                    reader.fault_in(*later, message, "give each option keys of its own");
                }
            }
        }
        let lost = |choice: &&Choice| self.field.is_none() && choice.digits != choice.value;
        if let Some(choice) = self.choices.iter().find(lost) {
            let message = format!("the value `{}` is kept nowhere", choice.value);
            let place = reader.place(node.range().start);
            reader.warning(place, message, "add the attribute `field`");
        }
    }
}

fn is_prompt(node: Node<'_, '_>) -> bool {
    super::PROMPTS.contains(&node.tag_name().name())
}

fn clash(earlier: &str, later: &str, digits: Option<usize>) -> Option<String> {
    if earlier == later {
        return Some(format!("two options `{later}`"));
    }
    let nested = earlier.starts_with(later) || later.starts_with(earlier);
    (nested && digits.is_none()).then(|| {
        let (short, long) =
            if earlier.len() < later.len() { (earlier, later) } else { (later, earlier) };
        format!("the option `{short}` hides the option `{long}`")
    })
}
