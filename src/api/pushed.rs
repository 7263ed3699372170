//! Values that others push: a metric of a scope on a day.

use async_graphql::{InputObject, SimpleObject};

use crate::api::root::Point;
use crate::api::scalar::Date;
use crate::ingest::pushed::{Counted, Pushing};

/// A value that is pushed. One for the same metric, scope and day takes the place of the one before.
#[derive(InputObject)]
pub struct ValueInput {
    /// The metric's name: letters, digits, dots, hyphens and underscores, at most 64, such as nps.
    pub metric: String,
    /// The ref of the entity, such as team:payments; the organisation if absent.
    pub scope: Option<String>,
    /// The day.
    pub day: Date,
    /// The value.
    pub value: f64,
}

impl From<ValueInput> for Pushing {
    fn from(input: ValueInput) -> Self {
        Self { metric: input.metric, scope: input.scope, day: input.day.0, value: input.value }
    }
}

/// How much of what was pushed was new.
#[derive(SimpleObject)]
pub struct PushedValues {
    /// Values that were new, or other than before.
    pub recorded: usize,
    /// Values that were known already.
    pub known: usize,
}

impl From<Counted> for PushedValues {
    fn from(counted: Counted) -> Self {
        Self { recorded: counted.recorded, known: counted.known }
    }
}

/// A pushed metric of a period.
#[derive(SimpleObject)]
pub struct PushedFigure {
    /// Its name.
    pub name: String,
    /// The last value that was pushed for a day of the period; null without one.
    pub value: Option<f64>,
    /// The same of the period before.
    pub previous: Option<f64>,
    /// The last thirteen periods, oldest first, this one last.
    pub points: Vec<Point>,
}
