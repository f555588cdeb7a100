//! Questions about a whole tenancy and a whole region: compartments, what they hold together, what
//! is offered where.
//!
//! A compartment that may not be read is named, never taken for empty.

use futures::StreamExt;
use futures::stream;
use serde::Deserialize;

use super::client::{Client, Resource};
use super::endpoints::Service;
use super::error::Error;
use super::model::{Compartment, Image, Shape, ShapeConfig};

/// Lists that are under way at once: more would be answered with 429.
const AT_ONCE: usize = 8;
/// Compartments that are asked at most; who has more has an allowance of another size.
const MOST_COMPARTMENTS: usize = 100;

/// Names of the limits that a launch of A1 must fit in.
pub mod limit {
    /// Processors in an availability domain, in service `compute`.
    pub const A1_CORES: &str = "standard-a1-core-count";
    /// Processors in the region, in service `compute`.
    pub const A1_CORES_REGIONAL: &str = "standard-a1-core-regional-count";
    /// Memory in an availability domain, in service `compute`.
    pub const A1_MEMORY: &str = "standard-a1-memory-count";
    /// Memory in the region, in service `compute`.
    pub const A1_MEMORY_REGIONAL: &str = "standard-a1-memory-regional-count";
    /// Volumes in an availability domain, in service `block-storage`.
    pub const VOLUME_GIGABYTES: &str = "total-storage-gb";
    /// Networks in the region, in service `vcn`.
    pub const VCNS: &str = "vcn-count";
}

/// A shape that an image starts on.
#[derive(Deserialize)]
struct StartsOn {
    shape: String,
}

/// What the compartments of a tenancy hold of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Across<R> {
    /// Each resource, with the place of its compartment in the list that was asked.
    pub found: Vec<(usize, R)>,
    /// Compartments that could not be read, with why.
    pub unread: Vec<(usize, String)>,
    /// Compartments that were not asked, because there are too many.
    pub unasked: usize,
}

impl Client {
    /// The root compartment, and all below it that this user may look into.
    pub async fn compartments(&self) -> Result<Vec<Compartment>, Error> {
        let tenancy = self.profile().tenancy();
        let query = [
            ("compartmentId", tenancy),
            ("compartmentIdInSubtree", "true"),
            ("accessLevel", "ACCESSIBLE"),
            ("lifecycleState", "ACTIVE"),
        ];
        let found = self.list::<Compartment>(&query).await?;
        let (root, below): (Vec<_>, Vec<_>) = found.into_iter().partition(|one| one.id == tenancy);
        let root = root
            .into_iter()
            .next()
            .unwrap_or_else(|| Compartment::unseen(tenancy));
        Ok(std::iter::once(root).chain(below).collect())
    }

    /// What these compartments hold, asked a few at a time.
    pub async fn across<R: Resource>(&self, compartments: &[Compartment]) -> Across<R> {
        let ask = |(place, compartment): (usize, &Compartment)| {
            let id = compartment.id.clone();
            async move {
                let query = [("compartmentId", id.as_str())];
                (place, self.list::<R>(&query).await)
            }
        };
        let asked = compartments.iter().take(MOST_COMPARTMENTS).enumerate();
        // Collected first: a closure over borrows does not suit a stream that is sent elsewhere.
        let questions: Vec<_> = asked.map(ask).collect();
        let mut answers: Vec<_> = stream::iter(questions)
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        answers.sort_by_key(|(place, _)| *place);
        let mut across = Across {
            found: Vec::new(),
            unread: Vec::new(),
            unasked: compartments.len().saturating_sub(MOST_COMPARTMENTS),
        };
        for (place, answer) in answers {
            match answer {
                Ok(all) => across.found.extend(all.into_iter().map(|one| (place, one))),
                Err(error) => across.unread.push((place, error.to_string())),
            }
        }
        across
    }

    /// The images of an operating system that start on `shape`, newest first.
    pub async fn images_for(
        &self,
        shape: &str,
        operating_system: &str,
        version: &str,
        compartment: &str,
    ) -> Result<Vec<Image>, Error> {
        let query = [
            ("compartmentId", compartment),
            ("operatingSystem", operating_system),
            ("operatingSystemVersion", version),
            ("shape", shape),
            ("sortBy", "TIMECREATED"),
            ("sortOrder", "DESC"),
        ];
        self.list(&query).await
    }

    /// The shapes that an image starts on.
    pub async fn shapes_of_image(&self, image: &str) -> Result<Vec<String>, Error> {
        let path = format!("images/{image}/shapes");
        let entries: Vec<StartsOn> = self.list_at(Service::Core, &path, &[]).await?;
        Ok(entries.into_iter().map(|entry| entry.shape).collect())
    }

    /// Whether an availability domain has hosts of `shape` at all.
    pub async fn offers(&self, shape: &str, availability_domain: &str) -> Result<bool, Error> {
        let query = [
            ("compartmentId", self.profile().tenancy()),
            ("availabilityDomain", availability_domain),
        ];
        let shapes = self.list::<Shape>(&query).await?;
        Ok(shapes.iter().any(|one| one.shape == shape))
    }
}

impl ShapeConfig {
    /// OCPUs and GB of memory, rounded up: OCI writes whole amounts as floating point.
    pub fn whole(self) -> (u32, u32) {
        (rounded_up(self.ocpus), rounded_up(self.memory_in_gbs))
    }
}

#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to what the target type holds"
)]
fn rounded_up(amount: f64) -> u32 {
    amount.ceil().clamp(0.0, f64::from(u32::MAX)) as u32
}
