//! Capacity reports: what OCI says of the room in each place. A hint at best, known to contradict
//! real launches; that none can be had is no failure.

use std::time::Duration;

use futures::future::join_all;

use crate::domain::hunt::{Hint, Place};
use crate::domain::plan::Step;
use crate::domain::topology::A1_SHAPE;
use crate::oci::Retries;
use crate::oci::model::{
    AskShapeAvailability, CreateCapacityReport, ShapeAvailability, ShapeConfig,
};
use crate::provision::direct::Engine;

/// A report is not worth a longer wait.
const PATIENCE: Duration = Duration::from_secs(15);

impl Engine {
    /// What a report on each availability domain says of `places`, for a machine of this step's size.
    pub(in crate::provision) async fn capacity(
        &self,
        step: &Step,
        places: &[Place],
    ) -> Vec<(Place, Hint)> {
        let mut domains: Vec<&str> = Vec::new();
        for place in places {
            if !domains.contains(&place.availability_domain.as_str()) {
                domains.push(&place.availability_domain);
            }
        }
        let asked = domains
            .iter()
            .map(|domain| self.report_on(domain, step, places));
        join_all(asked).await.into_iter().flatten().collect()
    }

    async fn report_on(&self, domain: &str, step: &Step, places: &[Place]) -> Vec<(Place, Hint)> {
        let here = |place: &&Place| place.availability_domain == domain;
        let places: Vec<&Place> = places.iter().filter(here).collect();
        let size = self.node_of(step).map(|node| ShapeConfig {
            ocpus: f64::from(node.ocpus.0),
            memory_in_gbs: f64::from(node.memory.0),
        });
        let ask = |place: &&Place| AskShapeAvailability {
            instance_shape: A1_SHAPE.to_owned(),
            instance_shape_config: size,
            fault_domain: place.fault_domain.clone(),
        };
        let question = CreateCapacityReport {
            compartment_id: self.client.profile().tenancy().to_owned(),
            availability_domain: domain.to_owned(),
            shape_availabilities: places.iter().map(ask).collect(),
        };
        let client = self.client.with_retries(Retries::none());
        let answer = client.capacity_report(&question);
        let report = match self.clock.timeout(PATIENCE, answer).await {
            Ok(Ok(report)) => report,
            Ok(Err(error)) => {
                tracing::info!(domain, %error, "no capacity report");
                return Vec::new();
            }
            Err(late) => {
                tracing::info!(domain, %late, "no capacity report");
                return Vec::new();
            }
        };
        let told = |place: &&Place| {
            let mut rows = report.shape_availabilities.iter();
            let row = rows.find(|row| row.fault_domain == place.fault_domain)?;
            Some(((*place).clone(), hint(row)?))
        };
        places.iter().filter_map(told).collect()
    }
}

fn hint(row: &ShapeAvailability) -> Option<Hint> {
    match row.availability_status.as_str() {
        "AVAILABLE" => Some(Hint::Available),
        "OUT_OF_HOST_CAPACITY" => Some(Hint::OutOfCapacity),
        "HARDWARE_NOT_SUPPORTED" => Some(Hint::NotOffered),
        _ => None,
    }
}
