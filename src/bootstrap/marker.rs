//! The markers that the bootstrap script prints: one line of JSON between two words.
//!
//! They come over a console that the kernel also writes on and that pods may write on: what is torn
//! is no marker, and what does not speak of this node and of its stages does not count.

use std::time::Duration;

use serde::Deserialize;

use crate::domain::bootstrap::{MARKER_END, MARKER_START, Stage};
use crate::domain::line::Line;
use crate::domain::topology::Role;

/// The version of the form that is understood.
const FORM: u8 = 1;

/// How a stage is, as the script says it. The order is that of one run through a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    /// It begins.
    Start,
    /// It waits for something.
    Wait,
    /// Its command failed.
    Failed,
    /// It is done.
    Ok,
}

/// One marker.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Marker {
    /// The node's uptime.
    pub(super) uptime: Duration,
    /// How the stage is.
    pub(super) state: State,
    /// Which stage.
    pub(super) stage: Stage,
    /// What is waited for, or the command that failed.
    pub(super) detail: Line,
}

#[derive(Deserialize)]
struct Written {
    k3scope: u8,
    node: String,
    stage: String,
    state: State,
    t: f64,
    #[serde(default)]
    detail: String,
}

/// The markers of `node` in a line, wherever in it they stand.
pub(super) fn find(line: &str, node: &str, role: Role) -> Vec<Marker> {
    line.split(MARKER_START)
        .skip(1)
        .filter_map(|rest| rest.split_once(MARKER_END))
        .filter_map(|(json, _)| read(json, node, role))
        .collect()
}

fn read(json: &str, node: &str, role: Role) -> Option<Marker> {
    let written: Written = serde_json::from_str(json).ok()?;
    let stage: Stage = written.stage.parse().ok()?;
    let is_ours =
        written.k3scope == FORM && written.node == node && Stage::of_script(role).contains(&stage);
    Some(Marker {
        uptime: Duration::try_from_secs_f64(written.t).ok()?,
        state: written.state,
        stage,
        detail: Line::new(&written.detail),
    })
    .filter(|_| is_ours)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const GOOD: &str = r#"@k3scope {"k3scope":1,"node":"k3s-worker","stage":"route","state":"wait","t":61,"detail":"route to 1.1.1.1:443 through 10.0.1.10"} @end"#;

    #[rstest]
    #[case::plain(GOOD.to_owned())]
    #[case::after_a_prompt(format!("k3s-worker login: [   61.2] k3scope[9]: {GOOD} [ 61.3] eth0: up"))]
    #[case::after_a_torn_one(format!("@k3scope {{\"k3scope\":1,\"no {GOOD}"))]
    fn a_marker_is_found_wherever_it_stands(#[case] line: String) {
        let found = find(&line, "k3s-worker", Role::Worker);
        let marker = Marker {
            uptime: Duration::from_secs(61),
            state: State::Wait,
            stage: Stage::Route,
            detail: "route to 1.1.1.1:443 through 10.0.1.10".into(),
        };
        assert_eq!(found, [marker]);
    }

    #[rstest]
    #[case::torn(GOOD.replace(":1,", ":1,[ 61.2] eth0: up"))]
    #[case::without_end(GOOD.replace(" @end", ""))]
    #[case::of_another_node(GOOD.replace("k3s-worker", "k3s-server"))]
    #[case::of_another_form(GOOD.replace("\"k3scope\":1", "\"k3scope\":2"))]
    #[case::of_another_role(GOOD.replace("route", "nat"))]
    #[case::of_no_script(GOOD.replace("\"route\"", "\"hosts\""))]
    #[case::before_boot(GOOD.replace(":61", ":-61"))]
    #[case::no_number(GOOD.replace(":61", ":1e400"))]
    fn what_is_torn_or_forged_does_not_count(#[case] line: String) {
        assert_eq!(find(&line, "k3s-worker", Role::Worker), []);
    }

    #[test]
    fn two_on_one_line_are_two() {
        let line = format!("{GOOD}{GOOD}");
        assert_eq!(find(&line, "k3s-worker", Role::Worker).len(), 2);
    }
}
