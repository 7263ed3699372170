//! spot: a single point of truth with a memory. The folders, in reading order:

pub mod access; // who asks, and what they may do: tokens, roles, sessions
pub mod act; // the only writer to the outside: restart, scale, roll back, delete a pod
pub mod api; // GraphQL: maps and pages what `query` answers
pub mod catalog; // statements -> values: identity, precedence, assembling, comparing (pure)
pub mod cli; // arguments, configuration, one file per command
pub mod collect; // the outside world, read only: one folder per source
pub mod demo; // the simulated company: servers in the sources' own protocols
pub mod ingest; // when to collect, what to keep of it, when a day is sealed
pub mod model; // the nouns: entities, facets, statements, versions, moments
pub mod quality; // verdicts and figures (pure)
pub mod query; // questions over a view: pages, search, timeline, difference, series
pub mod report; // the weekly report: facts of a week, charts, documents
pub mod server; // HTTP: the GraphQL endpoint, GraphiQL, health, metrics, shutdown
pub mod store; // what is kept: journal, archive, index; the writer and the view
mod zip; // zstd without the cost of a new context each time
