//! Deletes the Node that an earlier machine left in the cluster. K3s deletes the password that it knew
//! that machine by with it, and the machine that bears the name now may join.

use std::time::Duration;

use super::desk::Came;
use crate::bootstrap::shared::Shared;
use crate::domain::line::Line;
use crate::domain::object::ObjectRef;
use crate::domain::problem::Problem;
use crate::kube::kind::NODE;
use crate::kube::{Connection, Only, Target, Way, Write, WriteError, Writer};

/// How long the API may take.
const WITHIN: Duration = Duration::from_secs(30);

pub(super) async fn forget(shared: &Shared, node: &Line) -> Came {
    let write = Write::delete(NODE, ObjectRef::cluster(node.clone()), Only::default());
    let undone = |why: &str, next: String| Problem {
        title: format!("{node}: its Node was not deleted"),
        detail: Line::new(why).to_string(),
        next,
        request_id: None,
    };
    let Some(door) = shared.door.borrow().clone() else {
        let next = "ask again when the stage \"API through tunnel\" is done".to_owned();
        return Err(undone("the cluster's API is not reached yet", next));
    };
    let target = Target {
        kubeconfig: Some(door.kubeconfig),
        ..Target::default()
    };
    let connection = Connection::open_by(&target, &Way::Through(door.gateway)).await;
    let connection =
        connection.map_err(|error| undone(&error.to_string(), error.next.to_owned()))?;
    let writer = Writer::new(connection, shared.target.access);
    let deleting = shared.clock.timeout(WITHIN, writer.perform(&write)).await;
    match deleting {
        Ok(Ok(())) => Ok("its Node is deleted; it registers itself again".into()),
        Ok(Err(WriteError::NotFound(_))) => Ok("the cluster has no Node of this name".into()),
        Ok(Err(error)) => Err(undone(&error.to_string(), write.command())),
        Err(elapsed) => Err(undone(&elapsed.to_string(), write.command())),
    }
}
