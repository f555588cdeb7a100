//! `cluster.toml`: what is refused and how that is said, what counts, and what needs trust.

mod command_line;
mod files;
mod problems;
mod round_trip;
mod trust;
mod workspace;

use std::path::Path;

use k3scope::config::{Config, Problem};

/// The problems of a file with this text.
fn problems_of(text: &str) -> Vec<Problem> {
    match Config::parse(text, Path::new("cluster.toml")) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.problems,
    }
}

/// `line:column key`, as tables of cases have it.
fn place(problem: &Problem) -> String {
    match problem.position {
        Some(position) => format!("{}:{} {}", position.line, position.column, problem.key),
        None => problem.key.clone(),
    }
}
