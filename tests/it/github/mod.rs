//! GitHub, against the simulated server and answers made by hand.

mod agreeing;
mod collecting;
mod counting;
mod delivering;
mod faults;
mod issues;
mod moving;
mod past;
mod rights;
mod support;
