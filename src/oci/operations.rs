//! Operations that are not plain reads and writes of a collection, as methods of the client.

use super::client::{Client, Request, Text};
use super::endpoints::Service;
use super::error::Error;
use super::model::{
    CapacityReport, CreateCapacityReport, Instance, MetricData, PublicIp, RegionSubscription,
    ResourceAvailability, SummarizeMetrics,
};
use super::retry::RetryToken;

impl Client {
    /// The regions that the profile's tenancy may use, the home region marked.
    pub async fn region_subscriptions(&self) -> Result<Vec<RegionSubscription>, Error> {
        let path = format!("tenancies/{}/regionSubscriptions", self.profile().tenancy());
        self.list_at(Service::Identity, &path, &[]).await
    }

    /// What is used and left of `limit` in `service` (`compute`, `vcn`, `block-storage`).
    ///
    /// An availability domain is given for limits of that scope only: with a regional limit, OCI
    /// answers 400.
    pub async fn resource_availability(
        &self,
        service: &str,
        limit: &str,
        availability_domain: Option<&str>,
    ) -> Result<ResourceAvailability, Error> {
        let path = format!("services/{service}/limits/{limit}/resourceAvailability");
        let tenancy = self.profile().tenancy();
        let mut request =
            Request::get(Service::Limits, path).with_query(&[("compartmentId", tenancy)]);
        if let Some(domain) = availability_domain {
            request = request.with_query(&[("availabilityDomain", domain)]);
        }
        self.call(request).await
    }

    /// Asks whether shapes have room; a hint at best.
    pub async fn capacity_report(
        &self,
        question: &CreateCapacityReport,
    ) -> Result<CapacityReport, Error> {
        self.call(Request::question(Service::Core, "computeCapacityReports").with_body(question)?)
            .await
    }

    /// `length` bytes of a captured console from `offset`; a capture holds 1 MiB at most.
    pub async fn console_data(&self, id: &str, offset: u64, length: u64) -> Result<Text, Error> {
        let path = format!("instanceConsoleHistories/{id}/data");
        let (offset, length) = (offset.to_string(), length.to_string());
        let request = Request::get(Service::Core, path)
            .with_query(&[("offset", &offset), ("length", &length)]);
        self.text(request).await
    }

    /// The public address that belongs to a private one; 404 if there is none.
    pub async fn public_ip_of(&self, private_ip_id: &str) -> Result<PublicIp, Error> {
        let body = serde_json::json!({ "privateIpId": private_ip_id });
        self.call(
            Request::question(Service::Core, "publicIps/actions/getByPrivateIpId")
                .with_body(&body)?,
        )
        .await
    }

    /// Figures of a compartment's metrics; an empty list where there are none.
    pub async fn metrics(
        &self,
        compartment: &str,
        question: &SummarizeMetrics,
    ) -> Result<Vec<MetricData>, Error> {
        let path = "metrics/actions/summarizeMetricsData";
        let request = Request::question(Service::Monitoring, path)
            .with_query(&[("compartmentId", compartment)]);
        self.call(request.with_body(question)?).await
    }

    /// `START`, `STOP`, `RESET` or one of the soft forms; the instance as it is then. `token` makes it
    /// safe to send this twice.
    pub async fn instance_action(
        &self,
        id: &str,
        action: &str,
        token: &RetryToken,
    ) -> Result<Instance, Error> {
        let request = Request::post(Service::Core, format!("instances/{id}"))
            .with_query(&[("action", action)])
            .with_token(token.clone());
        self.call(request).await
    }
}
