//! Checks a question as a whole.

use roxmltree::Node;

use crate::flow::reader::Fault;
use crate::flow::reader::Reader;

use super::Ask;
use super::Check;
use super::Choice;
use super::Gate;
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
        let leads = node.children().any(|child| child.has_tag_name("Exhausted"));
        if self.gate == Gate::Required && asks && !leads {
            let message = String::from("the call ends when the caller gives no answer");
            let hint = "add <Exhausted goto>, or gate=\"false\" to go on without an answer";
            reader.warning(reader.place(offset), message, hint);
        }
        self.find_needed_answers(node, reader);
        self.find_clashes(node, reader);
    }

    /// Reports a question that may be skipped although more than the pool depends on its answer.
    fn find_needed_answers(&self, node: Node<'_, '_>, reader: &mut Reader<'_>) {
        let Some(ask) = node.attribute_node("ask").filter(|_| self.ask == Ask::WhenNeeded) else {
            return;
        };
        if self.field.is_none() {
            let message = String::from("a question without a field is always needed");
            reader.fault_in(ask, message, "add the attribute `field`, or remove `ask`");
        } else if self.choices.iter().any(|choice| choice.goto.is_some()) {
            let message =
                String::from("the answer decides where the call goes: it is always needed");
            let hint = "take the gotos off the options and use <Valid goto>, or remove `ask`";
            reader.fault_in(ask, message, hint);
        }
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

#[cfg(test)]
mod tests {
    use crate::flow::parse;

    const FAULTY_QUESTIONS: &[(&str, &str, &[&str])] = &[
        (
            "",
            "",
            &["2:1 <Gather> keeps no answer (add the attribute `field`, or <Option>s that go \
                 somewhere)"],
        ),
        (
            "field='x' numDigits='2'",
            "<Option digits='1'/>",
            &["3:9 the option `1` can never be typed: answers have 2 keys (change \
                     `digits` or `numDigits`)"],
        ),
        (
            "field='x'",
            "<Option digits='1'/><Option digits='12'/>",
            &["3:29 the option `1` hides the option `12` (give each option keys of its own)"],
        ),
        (
            "field='x' numDigits='1'",
            "<Option digits='1'/><Option digits='1'/>",
            &["3:29 two options `1` (give each option keys of its own)"],
        ),
        (
            "field='x'",
            "<Option digits='4#'/>",
            &["3:9 the option `4#` holds the key that ends an answer (set `numDigits`, or \
                 another `finishOnKey`)"],
        ),
        (
            "field='x'",
            "<Option digits='x'/>",
            &["3:9 invalid value `x` for `digits` (1 to 32 keys of 0-9, * and #)"],
        ),
        (
            "field='x' validate='zip'",
            "",
            &["2:19 invalid value `zip` for `validate` (us-zip, phone, date, age or money; for \
                 others use `pattern`)"],
        ),
        (
            "field='x' validate='us-zip' numDigits='6'",
            "",
            &["2:37 `validate` needs 5 digits, and `numDigits` is 6 (write 5, \
                     or leave it out)"],
        ),
        (
            "field='x' pattern='a)|(b'",
            "",
            &["2:19 invalid value `a)|(b` for `pattern` (not a regular \
                     expression: unopened group)"],
        ),
        (
            "field='x' attempts='0' timeout='x' gate='no' finishOnKey='ab'",
            "",
            &[
                "2:19 invalid value `0` for `attempts` (a whole number from 1 to 10)",
                "2:32 invalid value `x` for `timeout` (seconds, more than 0 and at most \
                     60, like 5 or 2.5)",
                "2:44 invalid value `no` for `gate` (true or false)",
                "2:54 invalid value `ab` for `finishOnKey` (one of 0-9, * and #, or nothing)",
            ],
        ),
        (
            "field='x'",
            "<Valid goto='a'/><Valid goto='a'/>",
            &["3:18 <Valid> stands twice (remove one)"],
        ),
        (
            "field='x'",
            "<Opton digits='1'/>",
            &["3:1 <Gather> cannot hold <Opton> (did you mean `Option`?)"],
        ),
    ];

    #[test]
    fn a_required_question_without_a_way_for_silence_is_warned_of() {
        for (attributes, children, warned) in [
            ("field='x'", "", true),
            ("field='x' gate='true' attempts='3'", "<Option digits='1'/>", true),
            ("field='x' ask='when-needed'", "", true),
            ("field='x'", "<Exhausted goto='a'/>", false),
            ("field='x' gate='false'", "", false),
        ] {
            let gather = format!("<Gather {attributes}><Say>?</Say>{children}</Gather>");
            let text = format!("<Flow name='t'><Step id='a'>\n{gather}<Route/></Step></Flow>");
            let (_, faults) = parse("t.xml", &text);
            let message = "t.xml:2:1: warning: the call ends when the caller gives no answer (add \
                           <Exhausted goto>, or gate=\"false\" to go on without an answer)";
            let found = faults.iter().any(|fault| fault.to_string() == message);
            assert_eq!(found, warned, "{gather}: {faults:?}");
        }
    }

    #[test]
    fn faults_of_questions_are_reported_at_their_place() {
        for (attributes, children, wanted) in FAULTY_QUESTIONS {
            let gather = format!("<Gather {attributes}>\n{children}<Say>?</Say></Gather>");
            let text = format!("<Flow name='t'><Step id='a'>\n{gather}\n<Hangup/></Step></Flow>");
            let (_, faults) = parse("t.xml", &text);
            let faults = faults.iter().map(ToString::to_string);
            let errors = faults.filter_map(|f| Some(f.strip_prefix("t.xml:")?.to_owned()));
            let errors: Vec<_> = errors.filter(|f| !f.contains(" warning: ")).collect();
            let wanted: Vec<_> = wanted.iter().map(|w| w.replacen(' ', ": error: ", 1)).collect();
            assert_eq!(errors, wanted, "{gather}");
        }
    }
}
