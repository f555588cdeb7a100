//! OCI's refusals in a person's words: what each says to do, with what the client knows beside it.

use std::path::PathBuf;

use k3scope::clock::Clock;
use k3scope::domain::problem::Problem;
use k3scope::lab::oci::{Fault, Matcher};
use k3scope::lab::{Lab, Options};
use k3scope::oci::model::{AvailabilityDomain, CreateVcn, Shape, Subnet, Tags, Vcn};
use k3scope::oci::{Client, Endpoints, Error, Profile, Request, Retries, RetryToken, Service};
use k3scope::provision::direct::problem;
use rstest::rstest;
use serde_json::{Value, json};

struct World {
    lab: Lab,
    client: Client,
    _folder: tempfile::TempDir,
}

impl World {
    async fn start() -> Self {
        Self::with_profile(|text| text).await
    }

    /// With the lab's profile written anew.
    async fn with_profile(written: impl Fn(String) -> String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let lab = Lab::start(Options::default()).await.unwrap();
        let text = std::fs::read_to_string(lab.oci_config()).unwrap();
        let file: PathBuf = lab.oci_config().with_file_name("changed");
        std::fs::write(&file, written(text)).unwrap();
        let profile = Profile::load(&file, "LAB", None).unwrap();
        let endpoints = Endpoints::at(lab.oci().endpoint(), "us-ashburn-1");
        let client = Client::new(profile, endpoints, Clock::default()).unwrap();
        Self {
            lab,
            client: client.with_retries(Retries::none()),
            _folder: folder,
        }
    }

    fn refuse(&self, method: &str, path: &str, status: u16, code: &str, message: &str) {
        let fault = Fault::Status(status, code.to_owned(), message.to_owned());
        self.lab.oci().fail_next(Matcher::new(method, path), fault);
    }

    async fn compartment_is_read(&self) -> String {
        let compartment = self.lab.oci().place().compartment.clone();
        let query = [("compartmentId", compartment.as_str())];
        self.client.list::<Vcn>(&query).await.unwrap();
        compartment
    }

    async fn domain_is_read(&self) -> String {
        let query = [("compartmentId", self.client.profile().tenancy())];
        let domains: Vec<AvailabilityDomain> = self.client.list(&query).await.unwrap();
        domains[0].name.clone()
    }

    async fn launch(&self, compartment: &str, domain: &str, subnet: &str) -> Problem {
        let body = json!({
            "compartmentId": compartment,
            "availabilityDomain": domain,
            "shape": "VM.Standard.A1.Flex",
            "shapeConfig": { "ocpus": 1.0, "memoryInGBs": 6.0 },
            "createVnicDetails": { "subnetId": subnet },
            "metadata": { "user_data": "ocid1.secret.not-a-reference" },
        });
        let request = Request::post(Service::Core, "instances")
            .with_body(&body)
            .unwrap();
        let error = self.client.call::<Value>(request).await.unwrap_err();
        problem("launch the node", &error)
    }
}

#[tokio::test]
async fn a_404_tells_what_was_read_before_and_what_was_not() {
    let world = World::start().await;
    let compartment = world.compartment_is_read().await;
    let domain = world.domain_is_read().await;
    let hidden = "Authorization failed or requested resource not found.";
    let code = "NotAuthorizedOrNotFound";
    world.refuse("POST", "/instances", 404, code, hidden);
    let told = world.launch(&compartment, &domain, "ocid1.subnet.x").await;
    let (proven, unproven) = told.next.split_once("not verified: ").unwrap();
    for known in [
        "the region us-ashburn-1",
        "the tenancy",
        &format!("the compartment {compartment}"),
        &format!("the availability domain {domain}"),
    ] {
        assert!(proven.contains(known), "{known}: {}", told.next);
    }
    let shape = format!("the shape VM.Standard.A1.Flex in {domain}");
    assert!(unproven.contains(&shape) && unproven.contains("ocid1.subnet.x"));
    assert!(!told.next.contains("ocid1.secret"), "{}", told.next);
    assert!(told.detail.contains(told.request_id.as_deref().unwrap()));

    let query = [
        ("compartmentId", compartment.as_str()),
        ("availabilityDomain", domain.as_str()),
    ];
    world.client.list::<Shape>(&query).await.unwrap();
    world.refuse("POST", "/instances", 404, code, hidden);
    let told = world.launch(&compartment, &domain, "ocid1.subnet.x").await;
    let (proven, unproven) = told.next.split_once("not verified: ").unwrap();
    assert!(proven.contains(&shape) && !unproven.contains(&shape));
    world.lab.stop().await.unwrap();
}

/// The lab's own refusals, not a scripted one.
#[tokio::test]
async fn a_wrong_compartment_is_what_was_not_verified() {
    let world = World::start().await;
    let elsewhere = "ocid1.compartment.oc1..elsewhere";
    let query = [("compartmentId", elsewhere)];
    let error = world.client.list::<Subnet>(&query).await.unwrap_err();
    let told = problem("list the subnets", &error);
    assert!(
        told.next
            .contains("nothing that it depends on has been read")
    );
    world.compartment_is_read().await;
    let error = world.client.list::<Subnet>(&query).await.unwrap_err();
    let told = problem("list the subnets", &error);
    let (proven, unproven) = told.next.split_once("not verified: ").unwrap();
    assert!(unproven.contains(elsewhere) && !proven.contains(elsewhere));
    assert!(proven.contains("the region us-ashburn-1"));
    world.lab.stop().await.unwrap();
}

#[tokio::test]
async fn what_was_removed_is_verified_no_longer() {
    let world = World::start().await;
    let body = CreateVcn {
        compartment_id: world.compartment_is_read().await,
        cidr_blocks: vec!["10.0.0.0/16".to_owned()],
        display_name: "k3s".to_owned(),
        dns_label: None,
        freeform_tags: Tags::new(),
    };
    let token = RetryToken::new("t-1").unwrap();
    let vcn: Vcn = world.client.create(&body, &token).await.unwrap();
    let hidden = async || {
        world.refuse("GET", "/vcns/", 404, "NotAuthorizedOrNotFound", "no");
        let error = world.client.get::<Vcn>(&vcn.id).await.unwrap_err();
        problem("look at the VCN", &error).next
    };
    let next = hidden().await;
    assert!(
        next.contains(&vcn.id) && !next.contains("not verified"),
        "{next}"
    );
    // A VCN that is still being made cannot be removed yet.
    while world.client.delete::<Vcn>(&vcn.id, &[]).await.is_err() {
        tokio::task::yield_now().await;
    }
    let next = hidden().await;
    assert!(
        next.contains(&format!("not verified: {}", vcn.id)),
        "{next}"
    );
    world.lab.stop().await.unwrap();
}

#[tokio::test]
async fn a_401_names_the_keys_own_fingerprint_and_what_the_clock_says() {
    let strange = |text: String| {
        let user = text.lines().find(|line| line.starts_with("user=")).unwrap();
        text.replace(user, "user=ocid1.user.oc1..somebodyelse")
    };
    let world = World::with_profile(strange).await;
    let error = world.client.get::<Vcn>("ocid1.vcn.x").await.unwrap_err();
    let told = problem("look at the VCN", &error);
    let computed = world.client.profile().computed_fingerprint();
    assert!(told.next.contains(computed), "{}", told.next);
    assert!(told.next.contains("the clock is right"), "{}", told.next);
    world.lab.stop().await.unwrap();
}

#[tokio::test]
async fn a_401_names_both_fingerprints_where_they_differ() {
    let wrong = "00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff";
    let mistaken = |text: String| {
        let line = text.lines().find(|line| line.starts_with("fingerprint="));
        text.replace(line.unwrap(), &format!("fingerprint={wrong}"))
    };
    let world = World::with_profile(mistaken).await;
    let error = world.client.get::<Vcn>("ocid1.vcn.x").await.unwrap_err();
    let next = problem("look at the VCN", &error).next;
    let computed = world.client.profile().computed_fingerprint();
    assert!(next.contains(computed) && next.contains(wrong), "{next}");
    world.lab.stop().await.unwrap();
}

#[rstest]
#[case(400, "LimitExceeded", "standard-a1-core-count", "Oracle's limit")]
#[case(400, "QuotaExceeded", "no", "quota that somebody set")]
#[case(400, "InvalidParameter", "no", "mend what its message names")]
#[case(402, "SignUpRequired", "no", "signed up")]
#[case(403, "NotAuthorized", "no", "policy")]
#[case(403, "NotAllowed", "no", "home region")]
#[case(404, "NotFound", "no such route", "no such service")]
#[case(
    404,
    "NotAuthorizedOrNotFound",
    "shape VM.Standard.A1.Flex not found",
    "does not offer the shape"
)]
#[case(409, "IncorrectState", "no", "its message names what")]
#[case(409, "InvalidatedRetryToken", "no", "fresh one")]
#[case(409, "NotAuthorizedOrResourceAlreadyExists", "no", "exists already")]
#[case(412, "NoEtagMatch", "no", "somebody changed it")]
#[case(429, "TooManyRequests", "no", "fewer requests")]
#[case(500, "InternalError", "Out of host capacity.", "no host has room")]
#[case(503, "ServiceUnavailable", "no", "goes on from here")]
#[tokio::test]
async fn each_refusal_says_what_to_do_and_names_its_request(
    #[case] status: u16,
    #[case] code: &str,
    #[case] message: &str,
    #[case] says: &str,
) {
    let world = World::start().await;
    world.refuse("POST", "/instances", status, code, message);
    let told = world.launch("ocid1.c", "AD-1", "ocid1.subnet.x").await;
    assert!(told.next.contains(says), "{}", told.next);
    assert!(told.detail.contains(message) && told.detail.contains(code));
    let id = world.lab.oci().requests().pop().unwrap().request_id;
    assert_eq!(told.request_id, Some(id));
    world.lab.stop().await.unwrap();
}

#[tokio::test]
async fn an_answer_that_never_came_says_that_it_may_have_been_done() {
    let world = World::start().await;
    let oci = world.lab.oci();
    oci.fail_next(Matcher::new("POST", "/instances"), Fault::AfterDoing);
    let told = world.launch("ocid1.c", "AD-1", "ocid1.subnet.x").await;
    assert!(told.next.contains("may have been done"), "{}", told.next);
    let id = told.request_id.unwrap();
    assert!(oci.requests()[0].request_id.starts_with(&id));
    world.lab.stop().await.unwrap();

    let query = [("compartmentId", "ocid1.c")];
    let error: Error = world.client.list::<Vcn>(&query).await.unwrap_err();
    let told = problem("list the VCNs", &error);
    assert!(told.next.contains("nothing was changed"), "{}", told.next);
    assert_eq!(told.request_id, None);
}
