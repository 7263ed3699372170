//! Verdicts and figures. Pure: no files, network, clock or environment.
