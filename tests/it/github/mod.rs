//! GitHub, against the simulated server and answers made by hand.

mod agreeing;
mod collecting;
mod counting;
mod faults;
mod moving;
mod past;
mod rights;
mod support;
