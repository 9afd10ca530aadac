//! The features of an inquiry that a score is made of.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

/// What a score takes into account. A reading of a feature is a number, or missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    /// 1 for a call, 0 for a form lead.
    Call,
    /// Share of the offer's form fields that a lead has; missing for calls, and for offers without
    /// form fields.
    Completeness,
    /// 1 with a phone number, else 0: a lead's, or a caller who does not hide it.
    Phone,
    /// 1 with an e-mail address, else 0; missing for calls.
    Email,
    /// 1 with a consent certificate, else 0; missing for calls.
    Consent,
    /// 1 if the number's area code is of the person's state, else 0; missing unless both are known.
    AreaCodeAgrees,
    /// Seconds that the person spent on the page, as the field `time_on_page`.
    TimeOnPage,
    /// Keys that the person pressed, as the field `keystrokes`.
    Keystrokes,
    /// Engagement from 0 to 100, as the field `engagement`.
    Engagement,
    /// Inquiries that the same number made within 30 days, as the field `earlier_inquiries`; missing
    /// for calls.
    EarlierInquiries,
    /// Share of the source's inquiries of the last 30 days that buyers owe for.
    SourceBillable,
    /// Share of the source's billed sales of the last 30 days that were returned.
    SourceReturned,
    /// Hour of the day, from 0 to 23, in UTC.
    Hour,
    /// Day of the week, from 1 for Monday to 7, in UTC.
    Weekday,
}

impl Feature {
    /// Number of features.
    pub const COUNT: usize = 14;

    /// Every feature, in the order of a model's columns.
    pub const ALL: [Feature; Feature::COUNT] = [
        Feature::Call,
        Feature::Completeness,
        Feature::Phone,
        Feature::Email,
        Feature::Consent,
        Feature::AreaCodeAgrees,
        Feature::TimeOnPage,
        Feature::Keystrokes,
        Feature::Engagement,
        Feature::EarlierInquiries,
        Feature::SourceBillable,
        Feature::SourceReturned,
        Feature::Hour,
        Feature::Weekday,
    ];

    /// Returns the name, as in reasons and models.
    pub const fn name(self) -> &'static str {
        match self {
            Feature::Call => "call",
            Feature::Completeness => "completeness",
            Feature::Phone => "phone",
            Feature::Email => "email",
            Feature::Consent => "consent",
            Feature::AreaCodeAgrees => "area_code_agrees",
            Feature::TimeOnPage => "time_on_page",
            Feature::Keystrokes => "keystrokes",
            Feature::Engagement => "engagement",
            Feature::EarlierInquiries => "earlier_inquiries",
            Feature::SourceBillable => "source_billable",
            Feature::SourceReturned => "source_returned",
            Feature::Hour => "hour",
            Feature::Weekday => "weekday",
        }
    }
}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
