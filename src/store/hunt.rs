//! A hunt for capacity: what was tried where, what was answered, and when it goes on.

use std::collections::VecDeque;

use jiff::Timestamp;

use crate::domain::hunt::{Hint, HuntEnd, HuntEvent, LaunchAnswer, Place};
use crate::domain::plan::ResourceKey;

/// The newest tries that are kept; at one a minute, eight hours.
const KEPT: usize = 480;

/// One try.
#[derive(Clone, Debug, PartialEq)]
pub struct Try {
    /// When.
    pub at: Timestamp,
    /// Its number.
    pub number: u32,
    /// For which node.
    pub key: ResourceKey,
    /// Where.
    pub place: Place,
    /// What was answered.
    pub answer: LaunchAnswer,
    /// The answer in OCI's words.
    pub message: String,
    /// The answer's request identifier.
    pub request_id: Option<String>,
}

/// A place, and how it went there.
#[derive(Clone, Debug, PartialEq)]
pub struct Spot {
    /// Which.
    pub place: Place,
    /// What a capacity report said of it.
    pub hint: Option<Hint>,
    /// How many launches were tried there in this run.
    pub tries: u32,
    /// When the last of them was, and what was answered.
    pub last: Option<(Timestamp, LaunchAnswer)>,
}

/// The launch that goes out next.
#[derive(Clone, Debug, PartialEq)]
pub struct NextTry {
    /// When.
    pub at: Timestamp,
    /// For which node.
    pub key: ResourceKey,
    /// Where.
    pub place: Place,
    /// Why not sooner.
    pub because: String,
}

/// The hunt.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hunt {
    /// When it began; absent while only launches before it were refused.
    pub began: Option<Timestamp>,
    /// When it is given up.
    pub until: Option<Timestamp>,
    /// The nodes that are wanted.
    pub nodes: Vec<ResourceKey>,
    /// The places, those first that are tried first.
    pub places: Vec<Spot>,
    /// The newest tries, oldest first.
    pub tries: VecDeque<Try>,
    /// How many there were, over all runs that hunted for this cluster.
    pub tried: u32,
    /// The tries that were accepted in this run.
    pub had: Vec<Try>,
    /// What comes next.
    pub next: Option<NextTry>,
    /// How it ended, and when.
    pub ended: Option<(Timestamp, HuntEnd)>,
}

impl Hunt {
    /// Whether it is under way.
    pub fn is_on(&self) -> bool {
        self.began.is_some() && self.ended.is_none()
    }

    /// The newest try.
    pub fn newest(&self) -> Option<&Try> {
        self.tries.back()
    }

    /// The try by which a node was had in this run.
    pub fn had(&self, key: &ResourceKey) -> Option<&Try> {
        self.had.iter().rev().find(|tried| tried.key == *key)
    }

    /// The place's entry; a new one where it was not known.
    fn spot(&mut self, place: &Place) -> Option<&mut Spot> {
        if !self.places.iter().any(|spot| spot.place == *place) {
            self.places.push(Spot::new(place.clone()));
        }
        self.places.iter_mut().find(|spot| spot.place == *place)
    }

    /// Takes the places of a hunt that begins, and keeps what is known of them.
    fn list(&mut self, places: Vec<Place>) {
        let known = std::mem::take(&mut self.places);
        self.places = places.into_iter().map(Spot::new).collect();
        for before in known {
            if let Some(spot) = self.spot(&before.place) {
                *spot = before;
            }
        }
    }

    fn learn(&mut self, tried: Try) {
        self.next = None;
        self.tried = self.tried.max(tried.number);
        if let Some(spot) = self.spot(&tried.place) {
            spot.tries += 1;
            spot.last = Some((tried.at, tried.answer));
        }
        if tried.answer == LaunchAnswer::Accepted {
            self.had.push(tried.clone());
        }
        if self.tries.len() == KEPT {
            self.tries.pop_front();
        }
        self.tries.push_back(tried);
    }
}

impl Spot {
    fn new(place: Place) -> Self {
        Self {
            place,
            hint: None,
            tries: 0,
            last: None,
        }
    }
}

pub(super) fn fold(hunt: &mut Hunt, event: HuntEvent, at: Timestamp) {
    match event {
        HuntEvent::Began {
            until,
            nodes,
            places,
        } => {
            hunt.began = Some(at);
            hunt.until = until;
            hunt.nodes = nodes;
            hunt.list(places);
            hunt.ended = None;
        }
        HuntEvent::Hinted { hints } => {
            for (place, said) in hints {
                if let Some(spot) = hunt.spot(&place) {
                    spot.hint = Some(said);
                }
            }
        }
        HuntEvent::Tried {
            number,
            key,
            place,
            answer,
            message,
            request_id,
        } => hunt.learn(Try {
            at,
            number,
            key,
            place,
            answer,
            message,
            request_id,
        }),
        HuntEvent::Next {
            at,
            key,
            place,
            because,
        } => {
            hunt.next = Some(NextTry {
                at,
                key,
                place,
                because,
            });
        }
        HuntEvent::Ended { end } => {
            hunt.next = None;
            hunt.ended = Some((at, end));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(domain: &str, fault: Option<&str>) -> Place {
        Place {
            availability_domain: domain.to_owned(),
            fault_domain: fault.map(str::to_owned),
        }
    }

    fn tried(number: u32, key: &str, place: Place, answer: LaunchAnswer) -> HuntEvent {
        HuntEvent::Tried {
            number,
            key: ResourceKey::new(key),
            place,
            answer,
            message: String::new(),
            request_id: None,
        }
    }

    fn folded(events: Vec<HuntEvent>) -> Hunt {
        let mut hunt = Hunt::default();
        for (event, second) in events.into_iter().zip(0..) {
            let at = Timestamp::from_second(1_700_000_000 + second).unwrap();
            fold(&mut hunt, event, at);
        }
        hunt
    }

    fn began(places: Vec<Place>) -> HuntEvent {
        HuntEvent::Began {
            until: None,
            nodes: vec![ResourceKey::new("node-a")],
            places,
        }
    }

    #[test]
    fn what_was_tried_before_the_hunt_began_counts_at_its_place() {
        let (first, second) = (
            place("x:AD-1", Some("FAULT-DOMAIN-2")),
            place("x:AD-1", None),
        );
        let hunt = folded(vec![
            tried(1, "node-a", first.clone(), LaunchAnswer::OutOfCapacity),
            began(vec![second.clone(), first.clone()]),
            HuntEvent::Hinted {
                hints: vec![(second.clone(), Hint::Available)],
            },
            tried(2, "node-a", second.clone(), LaunchAnswer::OutOfCapacity),
            tried(3, "node-a", second, LaunchAnswer::Accepted),
        ]);
        let counts: Vec<(String, u32, Option<Hint>)> = hunt
            .places
            .iter()
            .map(|spot| (spot.place.to_string(), spot.tries, spot.hint))
            .collect();
        assert_eq!(
            counts,
            [
                ("AD-1".to_owned(), 2, Some(Hint::Available)),
                ("AD-1 FD-2".to_owned(), 1, None)
            ]
        );
        let had = hunt.had(&ResourceKey::new("node-a")).unwrap();
        assert_eq!((had.number, hunt.tried), (3, 3));
        assert_eq!(hunt.had(&ResourceKey::new("node-b")), None);
    }

    /// What is shown of a place does not depend on how many tries are kept.
    #[test]
    fn old_tries_go_and_their_number_stays() {
        let tries = (1..=500).map(|n| {
            tried(
                n,
                "node-a",
                place("x:AD-1", None),
                LaunchAnswer::OutOfCapacity,
            )
        });
        let hunt = folded(tries.collect());
        assert_eq!(hunt.tries.len(), KEPT);
        assert_eq!(hunt.places[0].tries, 500);
        assert_eq!(hunt.newest().map(|newest| newest.number), Some(500));
    }
}
