//! Models that score calls and leads.

use utoipa::openapi::ObjectBuilder;
use utoipa::openapi::RefOr;
use utoipa::openapi::Schema;
use utoipa::openapi::schema::Type;

use super::boolean;
use super::count;
use super::field;
use super::list;
use super::moment;
use super::nullable;
use super::object;
use crate::store::ListedModel;

schemas! {
    ListedModel => object(&[
        field("version", count(), "Version; later models have higher ones."),
        field("trained_at", moment(), "When it was trained."),
        field("examples", count(), "Number of calls and leads that it was trained on."),
        field("evaluation", evaluation(), "Its quality on those that it was not trained on."),
        field("in_use", boolean(), "Whether it scores new calls and leads."),
    ]);
}

fn evaluation() -> RefOr<Schema> {
    let bin = object(&[
        field("inquiries", count(), "Calls and leads with such a prediction."),
        field("predicted", number(), "Mean of the predicted probabilities."),
        field("observed", number(), "Share of them with a good outcome."),
    ]);
    object(&[
        field("inquiries", count(), "Calls and leads that were predicted."),
        field("good", count(), "Those with a good outcome."),
        field("auc", nullable(number()), "Probability that a good one has a higher score."),
        field("brier", number(), "Mean squared difference of prediction and outcome."),
        field("calibration", list(bin), "By tenths of the predicted probability."),
    ])
}

fn number() -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::Number).into()
}
