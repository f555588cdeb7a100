//! A hunt for capacity as a timeline: one line a try, and on a terminal a countdown to the next.

use std::fmt::Write;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressState, ProgressStyle};
use jiff::Timestamp;

use crate::domain::hunt::{Hint, HuntEnd, HuntEvent, LaunchAnswer};
use crate::store::run::Run;

/// The countdown, while there is one.
#[derive(Default)]
pub(super) struct Countdown {
    bar: Option<ProgressBar>,
}

impl Countdown {
    /// Counts down to the next try, if `event` names one; anything else ends the countdown.
    pub(super) fn show(
        &mut self,
        screen: &MultiProgress,
        run: &Run,
        event: &HuntEvent,
        now: Timestamp,
    ) {
        if let HuntEvent::Hinted { .. } = event {
            return;
        }
        self.clear();
        let HuntEvent::Next {
            at,
            key,
            place,
            because,
        } = event
        else {
            return;
        };
        let wait = Duration::try_from(at.duration_since(now)).unwrap_or_default();
        let left = move |state: &ProgressState, out: &mut dyn Write| {
            let seconds = wait.saturating_sub(state.elapsed()).as_secs();
            // Nothing can be done about a terminal that takes no text.
            let _ = write!(out, "{}:{:02}", seconds / 60, seconds % 60);
        };
        let Ok(style) = ProgressStyle::with_template("{spinner} {msg} in {left}") else {
            return;
        };
        let bar = screen.add(ProgressBar::new_spinner().with_style(style.with_key("left", left)));
        let name = run.name(key);
        bar.set_message(format!("next try: {name} at {place} ({because})"));
        bar.enable_steady_tick(Duration::from_millis(500));
        self.bar = Some(bar);
    }

    fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

/// The line that `event` adds to the timeline, if it adds one.
pub(super) fn line(run: &Run, event: &HuntEvent) -> Option<String> {
    match event {
        HuntEvent::Began {
            until,
            nodes,
            places,
        } => {
            let nodes: Vec<&str> = nodes.iter().map(|key| run.name(key)).collect();
            let until = until.map(|at| format!(" until {}", at.strftime("%F %H:%M UTC")));
            Some(format!(
                "hunting for a host for {} at {} places{}, one launch a minute at most; \
                 Ctrl-C stops it, and the next run goes on",
                nodes.join(", "),
                places.len(),
                until.unwrap_or_default()
            ))
        }
        HuntEvent::Hinted { hints } => {
            let room = hints.iter().filter(|(_, hint)| *hint == Hint::Available);
            let room: Vec<String> = room.map(|(place, _)| place.to_string()).collect();
            (!room.is_empty()).then(|| {
                let places = room.join(", ");
                format!("· a capacity report (a hint, no promise) sees room at {places}")
            })
        }
        HuntEvent::Tried {
            number,
            key,
            place,
            answer,
            message,
            request_id,
        } => {
            let (glyph, told) = answered(*answer);
            let name = run.name(key);
            let what = format!("{glyph} try {number}: {name} at {place}: {told}");
            let message = Some(message.clone()).filter(|message| !message.is_empty());
            let id = request_id
                .as_ref()
                .filter(|_| *answer == LaunchAnswer::Refused);
            let id = id.map(|id| format!("request {id}"));
            let line: Vec<String> = std::iter::once(what).chain(message).chain(id).collect();
            let line = line.join(": ");
            Some(line)
        }
        HuntEvent::Next { .. } => None,
        HuntEvent::Ended { end } => Some(ended(run, *end)),
    }
}

fn answered(answer: LaunchAnswer) -> (char, &'static str) {
    match answer {
        LaunchAnswer::Accepted => ('✔', "found"),
        LaunchAnswer::OutOfCapacity => ('◌', "no room"),
        LaunchAnswer::TooManyRequests => ('▲', "too many requests"),
        LaunchAnswer::PhantomLimit => ('▲', "a limit that nothing real uses up"),
        LaunchAnswer::Unclear => ('▲', "no clear answer"),
        LaunchAnswer::Refused => ('✖', "refused"),
    }
}

fn ended(run: &Run, end: HuntEnd) -> String {
    let tried = run.hunt.as_ref().map_or(0, |hunt| hunt.tried);
    match end {
        HuntEnd::Found => format!("✔ every node was had, after {tried} tries"),
        HuntEnd::Deadline => format!(
            "✖ the time for the hunt is over, after {tried} tries; `k3scope apply --until 12h` hunts \
             on, and what was had stays"
        ),
        HuntEnd::Stopped => format!("the hunt was stopped, after {tried} tries"),
        HuntEnd::Refused => {
            format!("✖ the hunt has ended after {tried} tries: waiting mends this not")
        }
    }
}
