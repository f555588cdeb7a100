//! The places of a hunt, and which of them a node tries next.
//!
//! A node goes through all places before it comes to one again. Among those that it tried as rarely,
//! one with reported room goes first, then the one that no node has tried for longest. News of room
//! lets a node jump the order, but never twice in a row: reports contradict real launches, and every
//! place must be reached.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::hunt::{Hint, Place};
use crate::domain::plan::ResourceKey;

#[derive(Clone, Debug, Default)]
pub(in crate::provision) struct Ground {
    /// In the order in which they stand to be tried.
    places: Vec<Place>,
    hints: BTreeMap<Place, Hint>,
    tries: BTreeMap<(ResourceKey, Place), u32>,
    /// The number of the newest launch at each place.
    newest: BTreeMap<Place, u32>,
    /// Room was reported there, and the node has not been there since.
    news: BTreeSet<(ResourceKey, Place)>,
    /// Nodes whose last launch followed such news.
    jumped: BTreeSet<ResourceKey>,
}

impl Ground {
    pub(in crate::provision) fn new(
        places: Vec<Place>,
        tries: BTreeMap<(ResourceKey, Place), u32>,
    ) -> Self {
        Self {
            places,
            tries,
            ..Self::default()
        }
    }

    pub(in crate::provision) fn places(&self) -> &[Place] {
        &self.places
    }

    /// Where `node` is launched next.
    pub(in crate::provision) fn next(&self, node: &ResourceKey) -> Option<&Place> {
        let at = |place: &Place| (node.clone(), place.clone());
        self.places.iter().min_by_key(|place| {
            let jumps = self.news.contains(&at(place)) && !self.jumped.contains(node);
            (
                !jumps,
                self.tries.get(&at(place)).copied().unwrap_or(0),
                rank(self.hints.get(place)),
                self.newest.get(place).copied().unwrap_or(0),
            )
        })
    }

    /// Counts the launch with this number.
    pub(in crate::provision) fn tried(&mut self, node: &ResourceKey, place: &Place, number: u32) {
        let at = (node.clone(), place.clone());
        if self.news.remove(&at) && !self.jumped.contains(node) {
            self.jumped.insert(node.clone());
        } else {
            self.jumped.remove(node);
        }
        let tries = self.tries.entry(at).or_default();
        *tries = tries.saturating_add(1);
        self.newest.insert(place.clone(), number);
    }

    /// A launch that is counted already went there under this number.
    pub(in crate::provision) fn recall(&mut self, place: &Place, number: u32) {
        self.newest.insert(place.clone(), number);
    }

    /// Takes a report in, of use to `nodes`.
    pub(in crate::provision) fn hinted<'a>(
        &mut self,
        hints: &[(Place, Hint)],
        nodes: &(impl Iterator<Item = &'a ResourceKey> + Clone),
    ) {
        for (place, hint) in hints {
            let before = self.hints.insert(place.clone(), *hint);
            if *hint == Hint::Available && before.is_some_and(|before| before != *hint) {
                let news = nodes.clone().map(|node| (node.clone(), place.clone()));
                self.news.extend(news);
            }
        }
    }

    /// How often each place was tried, for these nodes.
    pub(in crate::provision) fn counts(
        &self,
        of: impl Fn(&ResourceKey) -> bool,
    ) -> Vec<(&Place, u32)> {
        let count = |place: &Place| {
            let tries = self.tries.iter();
            let here = tries.filter(|((node, at), _)| at == place && of(node));
            here.map(|(_, count)| count).sum()
        };
        self.places
            .iter()
            .map(|place| (place, count(place)))
            .collect()
    }
}

fn rank(hint: Option<&Hint>) -> u8 {
    match hint {
        Some(Hint::Available) => 0,
        None => 1,
        Some(Hint::OutOfCapacity) => 2,
        Some(Hint::NotOffered) => 3,
    }
}
