//! The nouns that every other folder speaks: pure data, no files, network, clock or async.
//!
//! # Invariants
//! - A statement is what one source says about one facet of one resource; it is never merged here.
//! - Bodies are canonical JSON objects: sorted keys, no nulls, no empty values.

pub mod audit;
pub mod body;
pub mod configuration;
pub mod entity;
pub mod event;
pub mod facet;
pub mod kubernetes;
pub mod period;
pub mod policy;
pub mod pushed;
pub mod record;
pub mod run;
pub mod span;
pub mod statement;
pub mod time;
pub mod trouble;

pub use entity::{EntityId, EntityRef, Kind};
pub use event::{Event, EventKind};
pub use facet::{Facet, FieldPath};
pub use period::{Period, PeriodKind};
pub use policy::Policy;
pub use record::{Commit, CommitNumber, Layer, ResourceNo, StreamNo};
pub use run::{Extent, Problem, Reading, Run};
pub use span::{Span, Spans};
pub use statement::{Body, Hint, Resource, Statement};
pub use time::{Clock, Day, Instant, Moment, Zone};
