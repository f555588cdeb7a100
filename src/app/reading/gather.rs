//! Lines of several containers on their way to the screen: by time, and no faster than they can be
//! shown. Of what comes faster the oldest are skipped, and counted.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::sync::mpsc;

use super::reader::Desk;
use crate::domain::reading::{PodLine, Reading};
use crate::store::reading::LINES;

/// Lines of one event.
const AT_ONCE: usize = 500;
/// How long lines gather before they are told.
const PAUSE: Duration = Duration::from_millis(100);

/// Tells lines until no container has any more.
pub(super) async fn tell(desk: &Desk, number: u32, mut from: mpsc::Receiver<Vec<PodLine>>) {
    let mut waiting = Waiting::default();
    let mut open = true;
    while open || !waiting.lines.is_empty() {
        if waiting.lines.is_empty() {
            match from.recv().await {
                Some(lines) => waiting.add(lines),
                None => return,
            }
        }
        let until = desk.clock.instant() + PAUSE;
        while open {
            let left = until.saturating_duration_since(desk.clock.instant());
            match desk.clock.timeout(left, from.recv()).await {
                Ok(Some(lines)) => waiting.add(lines),
                Ok(None) => open = false,
                Err(_) => break,
            }
        }
        let (lines, skipped) = waiting.take();
        desk.tell(Reading::LogLines {
            number,
            lines,
            skipped,
        })
        .await;
    }
}

/// Lines that are not told yet.
#[derive(Debug, Default)]
struct Waiting {
    lines: VecDeque<PodLine>,
    skipped: u64,
}

impl Waiting {
    /// Takes lines in; no more wait than the screen keeps.
    fn add(&mut self, lines: Vec<PodLine>) {
        self.lines.extend(lines);
        let over = self.lines.len().saturating_sub(LINES);
        self.lines.drain(..over);
        self.skipped += u64::try_from(over).unwrap_or(u64::MAX);
    }

    /// The next ones to tell, by time, and how many were skipped before them.
    fn take(&mut self) -> (Vec<PodLine>, u64) {
        // A line without a time stays behind the one that it follows.
        let all = self.lines.make_contiguous();
        if all.iter().all(|line| line.at.is_some()) {
            all.sort_by_key(|line| line.at);
        }
        let next = self.lines.len().min(AT_ONCE);
        let lines = self.lines.drain(..next).collect();
        (lines, std::mem::take(&mut self.skipped))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::line::Line;

    fn line(second: i64, container: &str) -> PodLine {
        PodLine {
            at: jiff::Timestamp::from_second(second).ok(),
            container: container.into(),
            text: Line::new(&second.to_string()),
        }
    }

    #[test]
    fn containers_are_told_by_time_and_each_in_its_own_order() {
        let mut waiting = Waiting::default();
        waiting.add(vec![line(1, "a"), line(4, "a"), line(4, "a")]);
        waiting.add(vec![line(2, "b"), line(4, "b")]);
        let (lines, skipped) = waiting.take();
        let order: Vec<&str> = lines.iter().map(|line| line.container.as_str()).collect();
        assert_eq!((order.join("").as_str(), skipped), ("abaab", 0));
    }

    #[test]
    fn what_comes_faster_than_it_can_be_shown_is_skipped_and_counted() {
        let mut waiting = Waiting::default();
        let mut number = 0;
        for _ in 0..30 {
            waiting.add(
                (0..1_000)
                    .map(|_| {
                        number += 1;
                        line(number, "a")
                    })
                    .collect(),
            );
        }
        let (lines, skipped) = waiting.take();
        assert_eq!((lines.len(), skipped), (AT_ONCE, 25_000));
        assert_eq!(lines[0].text, "25001");
        assert_eq!(waiting.take().1, 0, "counted once");
    }
}
