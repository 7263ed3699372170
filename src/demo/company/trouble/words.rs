//! How people write about trouble.

/// What alerts say; `{}` is the service.
pub(super) const ALERTS: &[&str] = &[
    "{}: error rate above 5 %",
    "{}: p99 latency above 2 s",
    "{} does not answer its health check",
    "{}: queue grows faster than it is worked off",
    "{}: pods restart again and again",
    "{}: no connections left in the pool",
    "{}: memory above 95 %",
    "{}: consumer lag above ten minutes",
    "{}: upstream answers with 503",
    "{}: disk will be full in four hours",
    "{}: timeouts to the database",
    "{}: circuit breaker is open",
];

/// What people say once customers feel it; `{}` is the feature.
pub(super) const FELT: &[&str] = &[
    "{} is slow for many customers",
    "{} shows errors to some customers",
    "{}: changes are not saved",
    "{}: pages stay empty",
    "{}: data is hours old",
    "{}: uploads fail",
];

/// What people say when nothing works; `{}` is the feature.
pub(super) const DOWN: &[&str] =
    &["{} is down", "{} is unavailable in all regions", "{}: nobody can log in", "{} answers every request with an error"];

/// What follows a deployment; `{}` is the service.
pub(super) const AFTER_DEPLOYMENT: &[&str] = &[
    "{}: errors since the last deployment",
    "{}: new version crashes on start",
    "{}: latency doubled after a deployment",
    "{}: failed migration",
];

/// What is wrong, after the words of a topic.
pub(super) const DEFECTS: &[&str] = &[
    "shows the same entry twice",
    "is empty after a reload",
    "times out with more than 500 rows",
    "rounds the total wrongly",
    "loses the filter on going back",
    "sends the mail twice",
    "ignores the time zone of the terminal",
    "answers 500 for an unknown id",
    "keeps the old address after a change",
    "is not sorted by date",
    "fails with an apostrophe in the name",
    "is slow since the last release",
    "exports commas where points are expected",
    "accepts a weight of zero",
    "loses events when the broker restarts",
    "shows yesterday's state until noon",
    "cannot be cancelled once it was started",
    "drops the second page of results",
    "refuses dates in a leap year",
    "leaks connections under load",
    "writes the customer's address into the log",
    "overwrites what somebody else saved",
    "does not fit on small screens",
    "retries for ever",
    "mixes up currencies",
    "shows a blank page in one browser",
    "counts cancelled bookings",
    "forgets the language of the user",
];

/// Labels, and how often a bug has one.
pub(super) const LABELS: &[(&str, f64)] = &[
    ("regression", 0.16),
    ("performance", 0.08),
    ("data-quality", 0.07),
    ("ux", 0.08),
    ("security", 0.025),
    ("accessibility", 0.02),
    ("tech-debt", 0.06),
    ("needs-info", 0.05),
];

/// What customers write; `{}` is the feature.
pub(super) const QUESTIONS: &[&str] = &[
    "Cannot log in to {}",
    "{}: wrong amount on our invoice",
    "How do I give a colleague access to {}?",
    "{} is very slow today",
    "{}: error when uploading a file",
    "{}: shipment is missing",
    "Please change our address in {}",
    "{}: export has no header",
    "{}: status does not change",
    "{}: no notification received",
    "{} shows another customer's reference",
    "{}: question about the API",
    "{}: please delete a duplicate",
    "{}: PDF cannot be opened",
];

/// What customers write while something is broken; `{}` is the feature.
pub(super) const COMPLAINTS: &[&str] =
    &["{} does not work", "{}: error 500", "{}: is there an outage?", "Urgent: {} is down", "{}: we cannot ship", "{} keeps loading"];

/// Who asks.
pub(super) const CUSTOMERS: &[&str] = &[
    "Nordlicht Foods",
    "Ostrava Steel",
    "Meridian Toys",
    "Casa Alberto",
    "Fjord Outdoor",
    "Brackwater Paper",
    "Tessera Tiles",
    "Kestrel Bikes",
    "Atlas Pumps",
    "Linnea Textiles",
    "Quarrymen Stone",
    "Sol e Mar Conservas",
    "Vistula Glass",
    "Maple Ridge Furniture",
    "Deccan Spices",
    "Harbour & Sons",
    "Elbtal Chemie",
    "Lumen Lighting",
    "Polder Seeds",
    "Tagus Cork",
    "Highveld Optics",
    "Oak Street Books",
    "Silesia Tools",
    "Baltic Amber Works",
    "Pinewood Kitchens",
    "Rhine Valley Motors",
    "Solstice Pharma",
    "Terra Nova Coffee",
];
