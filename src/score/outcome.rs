//! Earlier inquiries as examples of good and bad outcomes.

use std::collections::BTreeMap;
use std::collections::VecDeque;

use super::EXAMPLES_MAX;
use super::Example;
use super::Quality;
use super::Readings;
use super::WINDOW;
use super::set_earlier;
use crate::base::Fields;
use crate::base::OfferId;
use crate::base::Phone;
use crate::base::SourceId;
use crate::base::Wall;
use crate::book::Channel;
use crate::book::FormField;

/// An inquiry that has ended.
#[derive(Debug, Clone)]
pub struct Past {
    /// Channel.
    pub channel: Channel,
    /// Offer that it was routed for.
    pub offer: OfferId,
    /// Its source.
    pub source: SourceId,
    /// Its fields.
    pub fields: Fields,
    /// The person's number, if known.
    pub phone: Option<Phone>,
    /// When it came in.
    pub at: Wall,
    /// Sales of it that buyers owe for: those that stand.
    pub billable: u64,
    /// Sales of it that were returned.
    pub returned: u64,
}

/// An inquiry that counts for those after it.
#[derive(Debug)]
struct Seen {
    at: Wall,
    source: SourceId,
    phone: Option<Phone>,
    one: Quality,
}

/// The inquiries of the last 30 days, as they were at one time.
#[derive(Debug, Default)]
struct Before {
    inquiries: VecDeque<Seen>,
    sources: BTreeMap<SourceId, Quality>,
    people: BTreeMap<Phone, u64>,
}

impl Before {
    /// Forgets what is older than the window at `now`.
    fn forget(&mut self, now: Wall) {
        while let Some(oldest) = self.inquiries.front() {
            if now.since(oldest.at) <= WINDOW {
                return;
            }
            let Some(Seen { source, phone, one, .. }) = self.inquiries.pop_front() else { return };
            if let Some(sum) = self.sources.get_mut(&source) {
                sum.inquiries -= one.inquiries;
                sum.billable -= one.billable;
                sum.returned -= one.returned;
            }
            if let Some(phone) = phone
                && let Some(count) = self.people.get_mut(&phone)
            {
                *count -= 1;
                if *count == 0 {
                    self.people.remove(&phone);
                }
            }
        }
    }

    fn add(&mut self, past: &Past) {
        let one = Quality { inquiries: 1, billable: past.billable, returned: past.returned };
        let sum = self.sources.entry(past.source.clone()).or_default();
        sum.inquiries += one.inquiries;
        sum.billable += one.billable;
        sum.returned += one.returned;
        if let Some(phone) = &past.phone {
            *self.people.entry(phone.clone()).or_default() += 1;
        }
        let (source, phone) = (past.source.clone(), past.phone.clone());
        self.inquiries.push_back(Seen { at: past.at, source, phone, one });
    }
}

/// Examples that are made of inquiries, in the order of their arrival: each has the readings that it
/// had then. Holds the latest [`EXAMPLES_MAX`].
///
/// An outcome is good if a buyer owes for the inquiry, and did not return it.
#[derive(Debug, Default)]
pub struct Examples {
    /// Inquiries that came in earlier are what the first examples are read by, and no examples.
    since: Wall,
    before: Before,
    kept: VecDeque<Example>,
}

impl Examples {
    /// Creates a collection of the inquiries that came in at `since` or later. Those of the
    /// [`WINDOW`] before are to be added, too.
    pub fn since(since: Wall) -> Self {
        Self { since, ..Self::default() }
    }

    /// Adds an inquiry that came in after those before it; `form` are the form fields of its offer.
    pub fn add(&mut self, mut inquiry: Past, form: &[FormField]) {
        self.before.forget(inquiry.at);
        let source = self.before.sources.get(&inquiry.source).copied().unwrap_or_default();
        if let Some(phone) = inquiry.phone.as_ref().filter(|_| inquiry.channel == Channel::Form) {
            let earlier = self.before.people.get(phone).copied().unwrap_or_default();
            set_earlier(&mut inquiry.fields, earlier);
        }
        let Past { channel, fields, phone, at, .. } = &inquiry;
        let readings = Readings::of(*channel, fields, phone.as_ref(), form, source, *at);
        self.before.add(&inquiry);
        if inquiry.at < self.since {
            return;
        }
        if self.kept.len() >= EXAMPLES_MAX {
            self.kept.pop_front();
        }
        self.kept.push_back(Example { readings, good: inquiry.billable > 0 });
    }

    /// Returns the examples, the oldest first.
    pub fn into_vec(self) -> Vec<Example> {
        self.kept.into()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::score::Feature;

    fn past(day: i64, source: &str, phone: &str, billable: u64, returned: u64) -> Past {
        let start: Wall = "2026-01-01T00:00:00Z".parse().unwrap();
        Past {
            channel: Channel::Form,
            offer: "auto".parse().unwrap(),
            source: source.parse().unwrap(),
            fields: Fields::default(),
            phone: Some(phone.parse().unwrap()),
            at: start + Duration::from_secs(86_400) * u32::try_from(day).unwrap(),
            billable,
            returned,
        }
    }

    #[test]
    fn an_example_sees_the_thirty_days_before_it_and_nothing_later() {
        let (ann, joe) = ("+13055550101", "+13055550102");
        let mut all = Examples::default();
        for inquiry in [
            past(0, "ads", ann, 1, 0),
            past(1, "ads", ann, 0, 1),
            past(2, "mail", joe, 1, 0),
            past(30, "ads", ann, 1, 0),
            past(31, "ads", joe, 0, 0),
            past(90, "ads", ann, 0, 0),
        ] {
            all.add(inquiry, &[]);
        }
        let examples = all.into_vec();
        let late = past(31, "ads", joe, 0, 0);
        let mut latest = Examples::since(late.at);
        for inquiry in [past(2, "ads", joe, 1, 0), late] {
            latest.add(inquiry, &[]);
        }
        let latest = latest.into_vec();
        assert_eq!(latest.len(), 1, "what came before is no example");
        assert_eq!(latest[0].readings.get(Feature::EarlierInquiries), Some(1.0), "but counts");
        let of = |feature: Feature| examples.iter().map(move |e| e.readings.get(feature).unwrap());
        let earlier: Vec<f64> = of(Feature::EarlierInquiries).collect();
        assert_eq!(earlier, [0.0, 1.0, 0.0, 2.0, 1.0, 0.0]);
        let quality = |inquiries, billable, returned| {
            Quality { inquiries, billable, returned }.billable_share()
        };
        let expected = [
            quality(0, 0, 0),
            quality(1, 1, 0),
            quality(0, 0, 0),
            quality(2, 1, 1),
            quality(2, 1, 1),
            quality(0, 0, 0),
        ];
        assert_eq!(of(Feature::SourceBillable).collect::<Vec<_>>(), expected);
        assert_eq!(
            examples.iter().map(|e| e.good).collect::<Vec<_>>(),
            [true, false, true, true, false, false]
        );
    }
}
