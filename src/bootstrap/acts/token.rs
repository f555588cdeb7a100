//! Gives an agent the join token that its server has, and lets its K3s read it: the script is run
//! again from the stage that joins.

use super::again;
use super::desk::Came;
use crate::bootstrap::join_token;
use crate::bootstrap::shared::Shared;
use crate::domain::bootstrap::{JOIN_TOKEN, Stage};
use crate::domain::line::Line;
use crate::domain::problem::Problem;
use crate::ssh::SshError;

/// Lines that are shown of what a command complained of.
const LAST: usize = 4;

pub(super) async fn give(shared: &Shared, node: &Line, server: &Line) -> Came {
    let from = again::logged_in(shared, server)?;
    let to = again::logged_in(shared, node)?;
    let cut = |error: SshError| Problem {
        title: format!("{node}: it was not given the join token"),
        ..error.problem()
    };
    let token = join_token::read(&from).await.map_err(cut)?;
    let token = token.ok_or_else(|| Problem {
        title: format!("{server} has no join token to give"),
        detail: format!("{JOIN_TOKEN} is not there, or is not one line"),
        next: format!("look there: k3scope ssh {server} -- sudo ls -l {JOIN_TOKEN}"),
        request_id: None,
    })?;
    let laid = join_token::lay(&to, &token).await.map_err(cut)?;
    if !laid.exit.is_success() {
        return Err(not_laid(shared, node, &laid.stderr));
    }
    again::run(shared, node, Some(Stage::K3s)).await
}

fn not_laid(shared: &Shared, node: &Line, complaint: &[u8]) -> Problem {
    let said = String::from_utf8_lossy(complaint);
    let lines: Vec<String> = said
        .lines()
        .take(LAST)
        .map(|line| Line::new(&shared.mask.apply(line)).to_string())
        .collect();
    Problem {
        title: format!("{node}: the join token could not be written"),
        detail: lines.join("\n"),
        next: format!("look whether its disk is full: k3scope ssh {node} -- df -h /"),
        request_id: None,
    }
}
