//! How answers are told, and the end of a hunt to whom it left without a node.

use super::state::Hunt;
use crate::domain::plan::Step;
use crate::domain::problem::Problem;
use crate::domain::text;
use crate::oci::Error;

/// The newest answer that turned a launch away.
#[derive(Clone, Debug)]
pub(in crate::provision) struct Last {
    pub(in crate::provision) message: String,
    pub(in crate::provision) request_id: Option<String>,
}

impl Last {
    pub(in crate::provision) fn of(error: &Error) -> Self {
        Self {
            message: message(error),
            request_id: error.request_id().map(text::line),
        }
    }
}

/// OCI's own words, without what stands around them.
pub(in crate::provision) fn message(error: &Error) -> String {
    if let Error::Service { message, .. } = error {
        text::line(message)
    } else {
        text::line(&error.to_string())
    }
}

/// Nothing was found in time.
pub(in crate::provision) fn deadline(step: &Step, hunt: &Hunt, last: Option<&Last>) -> Problem {
    let tries = hunt.ground.counts(|node| *node == step.key);
    let own: u32 = tries.iter().map(|(_, count)| count).sum();
    let places: Vec<String> = tries
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(place, count)| format!("{place} ×{count}"))
        .collect();
    let since = match hunt.since() {
        Some(since) => format!(" since {}", since.strftime("%Y-%m-%d %H:%M UTC")),
        None => String::new(),
    };
    let said = last.map_or_else(String::new, |last| {
        format!("; the last answer: {}", last.message)
    });
    Problem {
        title: format!("no room was found for {} before the deadline", step.name),
        detail: format!(
            "{own} of {} launches were for it{since}: {}{said}",
            hunt.launches(),
            places.join(", "),
        ),
        next:
            "run apply again to hunt on (--until 24h for longer); what was made is kept. Another \
               region, or a smaller layout, may have room sooner"
                .to_owned(),
        request_id: last.and_then(|last| last.request_id.clone()),
    }
}

/// Another node's refusal ended the hunt for this one as well.
pub(in crate::provision) fn ended_by(step: &Step, refusal: Option<&Problem>) -> Problem {
    let title = format!("{} was not launched", step.name);
    match refusal {
        Some(refusal) => Problem {
            title,
            detail: format!("the hunt ended: {}: {}", refusal.title, refusal.detail),
            ..refusal.clone()
        },
        None => Problem {
            title,
            detail: "the hunt ended before its turn came".to_owned(),
            next: "run it again, it goes on from here".to_owned(),
            request_id: None,
        },
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::time::Duration;

    use jiff::Timestamp;

    use super::*;
    use crate::clock::Clock;
    use crate::domain::hunt::{HuntEnd, Place};
    use crate::domain::plan::{Action, ResourceKey, ResourceKind};
    use crate::provision::hunt::rhythm::Rhythm;
    use crate::provision::hunt::state::Mode;
    use crate::provision::journal::{HuntPast, OpenHunt};

    #[test]
    fn a_deadline_says_how_many_launches_where_since_when_and_how_to_go_on() {
        let key = ResourceKey::new("node-k3s-server");
        let place = |fault: Option<&str>| Place {
            availability_domain: "Uocm:US-ASHBURN-1-AD-1".to_owned(),
            fault_domain: fault.map(str::to_owned),
        };
        let (whole, third) = (place(None), place(Some("FAULT-DOMAIN-3")));
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let past = HuntPast {
            launches: 57,
            tries: BTreeMap::from([
                ((key.clone(), whole.clone()), 20),
                ((key.clone(), third.clone()), 19),
                ((ResourceKey::new("node-k3s-worker"), whole.clone()), 18),
            ]),
            open: Some(OpenHunt {
                since: at("2026-11-22T08:00:00Z"),
                until: at("2026-11-22T20:00:00Z"),
                asked: 43_200,
            }),
            ..HuntPast::default()
        };
        let rhythm = Rhythm::of(Clock::default(), Duration::from_hours(12));
        let asked = (at("2026-11-22T19:59:00Z"), 43_200);
        let wanted = BTreeSet::from([key.clone()]);
        let mut hunt = Hunt::new(rhythm, vec![whole, third], wanted, &past, asked);
        assert_eq!(hunt.expire(at("2026-11-22T20:00:00Z")).len(), 1);
        assert_eq!(hunt.mode, Mode::Ended(HuntEnd::Deadline));
        let step = Step {
            key,
            kind: ResourceKind::Instance,
            name: "k3s-server".to_owned(),
            action: Action::Create,
            id: None,
            needs: Vec::new(),
            summary: String::new(),
            drift: Vec::new(),
            estimate: None,
        };
        let last = Last {
            message: "Out of host capacity.".to_owned(),
            request_id: Some("A/B/C".to_owned()),
        };
        let told = deadline(&step, &hunt, Some(&last));
        insta::assert_snapshot!(told.detail, @"39 of 57 launches were for it since 2026-11-22 08:00 UTC: AD-1 ×20, AD-1 FD-3 ×19; the last answer: Out of host capacity.");
        assert!(told.next.contains("--until"), "{}", told.next);
        assert_eq!(told.request_id.as_deref(), Some("A/B/C"));
    }
}
