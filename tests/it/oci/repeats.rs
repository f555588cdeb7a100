//! Every refusal against every sort of request: how often it is sent, under which token and version,
//! and what is known afterwards. What was sent is read from the lab's own log.

use k3scope::clock::Clock;
use k3scope::lab::oci::{Fault, Matcher, Record};
use k3scope::lab::{Lab, Options};
use k3scope::oci::model::{AskShapeAvailability, CreateCapacityReport, UpdateVnic, Vcn, Vnic};
use k3scope::oci::{Client, Endpoints, Error, Profile, Request, Service, TransportKind};
use rstest::rstest;
use serde_json::Value;

use super::exchange::{token, vcn_body};
use super::server::PACE;
use crate::nobody::Nobody;

/// What is asked of OCI, as the faults find it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Deed {
    Read,
    List,
    /// A `POST` that changes nothing.
    Question,
    Create,
    /// A `POST` without a retry token.
    Action,
    /// With the version that it is meant for.
    Change,
    Remove,
}

const DEEDS: [Deed; 7] = [
    Deed::Read,
    Deed::List,
    Deed::Question,
    Deed::Create,
    Deed::Action,
    Deed::Change,
    Deed::Remove,
];

impl Deed {
    fn found_by(self) -> Matcher {
        let (method, piece) = match self {
            Self::Read => ("GET", "/vcns/"),
            Self::List => ("GET", "/vcns?"),
            Self::Question => ("POST", "/computeCapacityReports"),
            Self::Create => ("POST", "/vcns"),
            Self::Action => ("POST", "/instances/"),
            Self::Change => ("PUT", "/vnics/"),
            Self::Remove => ("DELETE", "/vcns/"),
        };
        Matcher::new(method, piece)
    }

    async fn done(self, client: &Client) -> Error {
        let ended = match self {
            Self::Read => client.get::<Vcn>("ocid1.vcn.x").await.map(drop),
            Self::List => client
                .list::<Vcn>(&[("compartmentId", "ocid1.x")])
                .await
                .map(drop),
            Self::Question => client.capacity_report(&question()).await.map(drop),
            Self::Create => client
                .create::<Vcn, _>(&vcn_body(), &token())
                .await
                .map(drop),
            Self::Action => {
                let start = Request::post(Service::Core, "instances/ocid1.instance.x")
                    .with_query(&[("action", "START")]);
                client.call::<Value>(start).await.map(drop)
            }
            Self::Change => {
                let body = UpdateVnic {
                    skip_source_dest_check: true,
                };
                let changed = client.update::<Vnic, _>("ocid1.vnic.x", &body, Some("e1"));
                changed.await.map(drop)
            }
            Self::Remove => client.delete::<Vcn>("ocid1.vcn.x", &[]).await,
        };
        ended.unwrap_err()
    }
}

fn question() -> CreateCapacityReport {
    CreateCapacityReport {
        compartment_id: "ocid1.tenancy.x".to_owned(),
        availability_domain: "AD-1".to_owned(),
        shape_availabilities: vec![AskShapeAvailability {
            instance_shape: "VM.Standard.A1.Flex".to_owned(),
            instance_shape_config: None,
            fault_domain: None,
        }],
    }
}

struct World {
    lab: Lab,
    client: Client,
}

impl World {
    async fn start() -> Self {
        let lab = Lab::start(Options::default()).await.unwrap();
        let profile = Profile::load(&lab.oci_config(), "LAB", None).unwrap();
        let endpoints = Endpoints::at(lab.oci().endpoint(), "us-ashburn-1");
        let client = Client::new(profile, endpoints, Clock::paced(PACE)).unwrap();
        Self { lab, client }
    }

    /// Does `deed` while `fault` befalls the next `times` of its requests.
    async fn meet(&self, deed: Deed, fault: &Fault, times: usize) -> (Error, Vec<Record>) {
        let before = self.lab.oci().requests().len();
        for _ in 0..times {
            self.lab.oci().fail_next(deed.found_by(), fault.clone());
        }
        let error = deed.done(&self.client).await;
        (error, self.lab.oci().requests().split_off(before))
    }
}

/// Sent how often, and whether it is then certain that nothing was done.
#[derive(Clone, Copy, Debug)]
enum Fate {
    /// Once: another try would be refused as well.
    Final,
    /// Again, whatever it is: nothing was done yet.
    Passing(usize),
    /// Again, unless it could be done twice; nobody knows whether it was done.
    Unsure,
}

#[rstest]
#[case(400, "CannotParseRequest", "no", Fate::Final)]
#[case(400, "InvalidParameter", "no", Fate::Final)]
#[case(400, "MissingParameter", "no", Fate::Final)]
#[case(400, "LimitExceeded", "no", Fate::Final)]
#[case(400, "QuotaExceeded", "no", Fate::Final)]
#[case(400, "RelatedResourceNotAuthorizedOrNotFound", "no", Fate::Final)]
#[case(401, "NotAuthenticated", "no", Fate::Final)]
#[case(402, "SignUpRequired", "no", Fate::Final)]
#[case(403, "NotAuthorized", "no", Fate::Final)]
#[case(403, "NotAllowed", "no", Fate::Final)]
#[case(404, "NotAuthorizedOrNotFound", "no", Fate::Final)]
#[case(404, "NotFound", "no", Fate::Final)]
#[case(409, "IncorrectState", "no", Fate::Passing(8))]
#[case(409, "LockConflict", "no", Fate::Passing(8))]
#[case(409, "Conflict", "no", Fate::Passing(4))]
#[case(409, "InvalidatedRetryToken", "no", Fate::Final)]
#[case(409, "NotAuthorizedOrResourceAlreadyExists", "no", Fate::Final)]
#[case(412, "NoEtagMatch", "no", Fate::Final)]
#[case(429, "TooManyRequests", "no", Fate::Passing(8))]
#[case(500, "InternalError", "Out of host capacity.", Fate::Final)]
#[case(500, "InternalServerError", "no", Fate::Unsure)]
#[case(501, "MethodNotImplemented", "no", Fate::Final)]
#[case(502, "BadGateway", "no", Fate::Unsure)]
#[case(503, "ServiceUnavailable", "no", Fate::Unsure)]
#[tokio::test]
async fn a_refusal_is_repeated_where_that_helps_and_harms_nothing(
    #[case] status: u16,
    #[case] code: &str,
    #[case] message: &str,
    #[case] fate: Fate,
) {
    let world = World::start().await;
    let fault = Fault::Status(status, code.to_owned(), message.to_owned());
    for deed in DEEDS {
        let times = match fate {
            Fate::Final => 1,
            Fate::Passing(times) => times,
            Fate::Unsure if deed == Deed::Action => 1,
            Fate::Unsure => 8,
        };
        let (error, log) = world.meet(deed, &fault, times).await;
        assert_eq!(log.len(), times, "{deed:?}: {error}");
        assert_eq!((error.status(), error.code()), (Some(status), Some(code)));
        assert_eq!(
            error.is_definite_refusal(),
            !matches!(fate, Fate::Unsure),
            "{deed:?}: {error:?}"
        );
        assert_marks(deed, &log);
        let told = error.request_id().unwrap();
        assert_eq!(told, log.last().unwrap().request_id, "OCI's, of the last");
        assert!(error.to_string().contains(told));
    }
    world.lab.stop().await.unwrap();
}

/// Creates bear their token each time and changes their version, and nothing else bears any; the body
/// stays the same; no two tries have one id.
fn assert_marks(deed: Deed, log: &[Record]) {
    let expected = (deed == Deed::Create).then(|| token().as_str().to_owned());
    let mut ids = std::collections::BTreeSet::new();
    let version = (deed == Deed::Change).then(|| "e1".to_owned());
    for sent in log {
        assert_eq!(sent.retry_token, expected, "{deed:?}");
        assert_eq!(sent.if_match, version, "{deed:?}");
        assert_eq!(sent.body, log[0].body, "{deed:?}");
        let own = sent.request_id.split('/').next().unwrap();
        assert!(own.len() == 32 && ids.insert(own), "{deed:?}: {own}");
    }
}

#[rstest]
#[case(Fault::Cut)]
#[case(Fault::AfterDoing)]
#[tokio::test]
async fn a_cut_connection_is_told_with_our_own_request_id(#[case] fault: Fault) {
    let world = World::start().await;
    for deed in DEEDS {
        let times = if deed == Deed::Action { 1 } else { 8 };
        let (error, log) = world.meet(deed, &fault, times).await;
        assert_eq!(log.len(), times, "{deed:?}: {error}");
        assert!(
            matches!(
                error,
                Error::Transport {
                    kind: TransportKind::Broken,
                    in_doubt: true,
                    ..
                }
            ),
            "{deed:?}: {error:?}"
        );
        assert_marks(deed, &log);
        let told = error.request_id().unwrap();
        let last = log.last().unwrap().request_id.split('/').next();
        assert_eq!(Some(told), last);
        assert!(error.to_string().contains(told));
    }
    world.lab.stop().await.unwrap();
}

/// The first try did it and its answer was lost: what the second is told proves nothing.
#[tokio::test]
async fn a_change_that_meets_its_own_version_is_in_doubt() {
    let world = World::start().await;
    let oci = world.lab.oci();
    let matcher = Deed::Change.found_by();
    oci.fail_next(matcher.clone(), Fault::Cut);
    let newer = Fault::Status(412, "NoEtagMatch".to_owned(), "newer".to_owned());
    oci.fail_next(matcher, newer);
    let error = Deed::Change.done(&world.client).await;
    assert!(error.is_changed_meanwhile() && !error.is_definite_refusal());
    world.lab.stop().await.unwrap();
}

#[tokio::test]
async fn where_nobody_was_reached_there_is_no_id_to_name() {
    let (client, _nobody) = loop {
        let world = World::start().await;
        let address = world.lab.oci().endpoint().replace("http://", "");
        world.lab.stop().await.unwrap();
        if let Some(nobody) = Nobody::at(address.parse().unwrap()) {
            break (world.client, nobody);
        }
    };
    for deed in DEEDS {
        let error = deed.done(&client).await;
        assert!(error.is_definite_refusal(), "{deed:?}: {error:?}");
        assert_eq!(error.request_id(), None);
    }
}
