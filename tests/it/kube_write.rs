//! The door for writes, against the lab's API server and as a poor user.

use std::path::Path;

use k3scope::clock::Clock;
use k3scope::domain::object::ObjectRef;
use k3scope::kube::kind::{NAMESPACE, NODE, SECRET};
use k3scope::kube::{
    Access, Change, Connection, Fault, Fields, Only, Target, Write, WriteError, Writer, secret,
};
use k3scope::lab::kube::{Objects, Options, Server};
use serde_json::{Value, json};

use crate::layers::rust_files;

/// An API server with two namespaces and a node.
pub(crate) struct Cluster {
    pub(crate) objects: Objects,
    server: Server,
    folder: tempfile::TempDir,
}

impl Cluster {
    pub(crate) async fn start() -> Self {
        let objects = Objects::new(Clock::default());
        for name in ["default", "kube-system"] {
            objects.put("namespaces", json!({"metadata": {"name": name}}));
        }
        objects.put("nodes", json!({"metadata": {"name": "k3s-worker"}}));
        let server = Server::start(objects.clone(), Options::default());
        Self {
            objects,
            server: server.await.unwrap(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) async fn writer(&self, user: &str, access: Access) -> Writer {
        let path = self.folder.path().join(user);
        std::fs::write(&path, self.server.kubeconfig(user).unwrap()).unwrap();
        let target = Target {
            kubeconfig: Some(path),
            ..Target::default()
        };
        Writer::new(Connection::open(&target).await.unwrap(), access)
    }

    pub(crate) async fn admin(&self) -> Writer {
        self.writer("admin", Access::ReadWrite).await
    }

    pub(crate) async fn stop(&self) {
        self.server.stop().await;
    }
}

/// The managers of an object.
pub(crate) fn managers(object: &Value) -> Vec<(&str, &str)> {
    let entries = object["metadata"]["managedFields"].as_array().unwrap();
    entries
        .iter()
        .map(|entry| {
            (
                entry["manager"].as_str().unwrap(),
                entry["operation"].as_str().unwrap(),
            )
        })
        .collect()
}

fn token(value: &str) -> Fields {
    let mut fields = Fields::default();
    fields.data.insert("token".to_owned(), value.into());
    fields
}

fn only(uid: &str) -> Only {
    Only {
        uid: Some(uid.to_owned()),
        version: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_applied_is_ours_and_read_back() {
    let cluster = Cluster::start().await;
    let writer = cluster.admin().await;
    let of = ObjectRef::new("default", "mine");
    let write = Write::apply(SECRET, of.clone(), token("one"));
    writer.perform(&write).await.unwrap();
    let found = secret(writer.connection(), &of).await.unwrap().unwrap();
    assert_eq!((found.kind.as_str(), found.keeper), ("Opaque", None));
    let there = cluster
        .objects
        .get("secrets", Some("default"), "mine")
        .unwrap();
    assert_eq!(managers(&there), [("k3scope", "Apply")]);
    let missing = ObjectRef::new("default", "other");
    assert!(
        secret(writer.connection(), &missing)
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_names_who_else_keeps_the_field_and_force_takes_it() {
    let cluster = Cluster::start().await;
    let writer = cluster.admin().await;
    let mut theirs = json!({
        "metadata": {"name": "theirs", "namespace": "default"}, "type": "Opaque",
        "data": {"token": "b25l"},
    });
    theirs["metadata"]["managedFields"] = json!([{
        "manager": "kubectl-edit", "operation": "Update", "apiVersion": "v1",
        "fieldsType": "FieldsV1", "fieldsV1": {"f:data": {"f:token": {}}},
    }]);
    cluster.objects.put("secrets", theirs);
    let of = ObjectRef::new("default", "theirs");
    let mut write = Write::apply(SECRET, of.clone(), token("two"));
    let error = writer.perform(&write).await.unwrap_err();
    let WriteError::Owned { managers, .. } = &error else {
        panic!("{error:?}");
    };
    assert_eq!(managers[0].as_str(), "kubectl-edit");
    if let Change::Apply { force, .. } = &mut write.change {
        *force = true;
    }
    writer.perform(&write).await.unwrap();
    let found = secret(writer.connection(), &of).await.unwrap().unwrap();
    assert_eq!(found.keeper, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_object_that_was_meant_is_deleted() {
    let cluster = Cluster::start().await;
    let writer = cluster.admin().await;
    let node = ObjectRef::cluster("k3s-worker");
    let uid = cluster.objects.get("nodes", None, "k3s-worker").unwrap()["metadata"]["uid"]
        .as_str()
        .unwrap()
        .to_owned();
    let another = Write::delete(NODE, node.clone(), only("another"));
    let error = writer.perform(&another).await.unwrap_err();
    assert!(matches!(error, WriteError::Changed(_)), "{error:?}");
    assert!(cluster.objects.get("nodes", None, "k3s-worker").is_some());
    let this = Write::delete(NODE, node, only(&uid));
    writer.perform(&this).await.unwrap();
    assert!(cluster.objects.get("nodes", None, "k3s-worker").is_none());
    let error = writer.perform(&this).await.unwrap_err();
    assert!(matches!(error, WriteError::NotFound(_)), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lacking_right_and_read_only_are_told_apart() {
    let cluster = Cluster::start().await;
    let write = Write::apply(NAMESPACE, ObjectRef::cluster("docs"), Fields::default());
    let viewer = cluster.writer("viewer", Access::ReadWrite).await;
    let error = viewer.perform(&write).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "not permitted: patch namespaces in the cluster"
    );
    let looking = cluster.writer("admin", Access::ReadOnly).await;
    assert_eq!(
        looking.perform(&write).await.unwrap_err(),
        WriteError::ReadOnly
    );
    assert!(cluster.objects.get("namespaces", None, "docs").is_none());
    cluster.stop().await;
    let writer = cluster.admin().await;
    let error = writer.perform(&write).await.unwrap_err();
    assert!(
        matches!(error, WriteError::Fault(Fault::Unreachable(_))) && error.may_pass(),
        "{error:?}"
    );
}

/// What every write of the library is made with.
const WRITES: &[&str] = &[
    "PatchParams",
    "PostParams",
    "DeleteParams",
    "EvictParams",
    "Patch::",
    "kube::core::Request",
    "kube::core::request",
    ".cordon(",
    ".uncordon(",
    ".delete_collection(",
];

#[test]
fn nothing_else_writes_to_a_cluster() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"));
    let door = root.join("kube/write.rs");
    // A question about rights is posted, and changes nothing.
    let look = root.join("kube/look.rs");
    // Only builds what it gets and lists, because it reads less of an object than the library would.
    let health = root.join("kube/health.rs");
    let is_asked = |file: &Path, word: &str| match word {
        "kube::core::request" => file == look || file == health,
        _ => word == "PostParams" && file == look,
    };
    let mut wrong = Vec::new();
    for file in rust_files(root) {
        // The lab is the outside world: there, a patch is an answer.
        if file == door || file.starts_with(root.join("lab")) {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        let found = WRITES
            .iter()
            .filter(|word| text.contains(**word) && !is_asked(&file, word));
        wrong.extend(found.map(|word| format!("{}: {word}", file.display())));
    }
    assert!(wrong.is_empty(), "writes beside the door:\n{wrong:#?}");
    let built = std::fs::read_to_string(health).unwrap();
    for writing in [".create(", ".patch(", ".replace(", ".delete("] {
        assert!(!built.contains(writing), "it only reads, and has {writing}");
    }
    let door = std::fs::read_to_string(door).unwrap();
    assert!(door.contains("PatchParams") && door.contains("DeleteParams"));
}
