//! The tenancy's live limits: what OCI counts as used, and what a launch has room for.
//!
//! A limit that the tenancy does not let us read is left out and named, never guessed.

use std::collections::BTreeSet;

use futures::future::join_all;

use crate::domain::allowance::Usage;
use crate::domain::text;
use crate::domain::units::{Gigabytes, Ocpus};
use crate::oci::limit;

use super::{Engine, Survey};

/// What the limits service told.
#[derive(Clone, Debug, Default)]
pub(super) struct Limits {
    /// What OCI counts as used; zero where it did not tell.
    pub(super) counted: Usage,
    /// What is left, where that was asked for and all of it was told.
    pub(super) room: Option<Usage>,
    /// Limits that could not be read, each in a sentence.
    pub(super) unread: Vec<String>,
}

/// What is used of one limit, and what is left of it.
#[derive(Clone, Copy, Debug, Default)]
struct Told {
    used: Option<u32>,
    left: Option<u32>,
}

impl Engine {
    /// Reads the region's limits, and with `room` those of the availability domains: nodes may stand
    /// in any of them, so what these have left is added up, and the region's is met as well.
    pub(super) async fn limits(&self, survey: &Survey, room: bool) -> Limits {
        let mut unread = Vec::new();
        let (cores, memory) = tokio::join!(
            self.limit("compute", limit::A1_CORES_REGIONAL, None),
            self.limit("compute", limit::A1_MEMORY_REGIONAL, None),
        );
        let cores = taken(cores, &mut unread);
        let memory = taken(memory, &mut unread);
        let mut limits = Limits {
            counted: Usage {
                ocpus: Ocpus(cores.used.unwrap_or(0)),
                memory: Gigabytes(memory.used.unwrap_or(0)),
                boot_volumes: Gigabytes(0),
            },
            room: None,
            unread: Vec::new(),
        };
        if room {
            let (cores_here, memory_here, storage) = tokio::join!(
                self.of_domains(survey, "compute", limit::A1_CORES),
                self.of_domains(survey, "compute", limit::A1_MEMORY),
                self.of_domains(survey, "block-storage", limit::VOLUME_GIGABYTES),
            );
            let cores_here = taken(cores_here, &mut unread);
            let memory_here = taken(memory_here, &mut unread);
            let storage = taken(storage, &mut unread);
            limits.counted.boot_volumes = Gigabytes(storage.used.unwrap_or(0));
            limits.room = least(cores.left, cores_here.left)
                .zip(least(memory.left, memory_here.left))
                .zip(storage.left)
                .map(|((ocpus, memory), storage)| Usage {
                    ocpus: Ocpus(ocpus),
                    memory: Gigabytes(memory),
                    boot_volumes: Gigabytes(storage),
                });
        }
        limits.unread = unread;
        limits
    }

    async fn of_domains(&self, survey: &Survey, service: &str, name: &str) -> Result<Told, String> {
        let places = survey.places.all.iter();
        let mut domains: BTreeSet<&str> = places
            .map(|place| place.availability_domain.as_str())
            .collect();
        if domains.is_empty() {
            domains.insert(&survey.availability_domain);
        }
        let asked = domains
            .into_iter()
            .map(|domain| self.limit(service, name, Some(domain)));
        let told = join_all(asked).await.into_iter();
        let sum = |one: Option<u32>, other: Option<u32>| match (one, other) {
            (Some(one), Some(other)) => Some(one.saturating_add(other)),
            (known, None) | (None, known) => known,
        };
        told.reduce(|all, one| match (all, one) {
            (Ok(all), Ok(one)) => Ok(Told {
                used: sum(all.used, one.used),
                left: sum(all.left, one.left),
            }),
            (Err(why), _) | (_, Err(why)) => Err(why),
        })
        .unwrap_or_else(|| Ok(Told::default()))
    }

    async fn limit(&self, service: &str, name: &str, domain: Option<&str>) -> Result<Told, String> {
        let answer = self
            .client
            .resource_availability(service, name, domain)
            .await;
        match answer {
            Ok(limit) => Ok(Told {
                used: limit.in_use(),
                left: limit.left(),
            }),
            Err(error) => {
                tracing::warn!(limit = name, %error, "a limit could not be read");
                let why = text::line(&error.to_string());
                Err(format!("the limit {name} could not be read: {why}"))
            }
        }
    }
}

fn taken(told: Result<Told, String>, unread: &mut Vec<String>) -> Told {
    told.unwrap_or_else(|why| {
        unread.push(why);
        Told::default()
    })
}

fn least(one: Option<u32>, other: Option<u32>) -> Option<u32> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (known, None) | (None, known) => known,
    }
}
