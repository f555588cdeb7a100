//! Looks at the resources of the application whose full view is open, again and again until it is closed.

use std::time::Duration;

use futures::StreamExt as _;
use tokio::sync::watch;

use super::reader::Desk;
use crate::domain::checkup::{Checked, Checkup};
use crate::domain::comparison::ResourceRef;
use crate::domain::event::What;
use crate::kube::health::Batch;

/// Requests of one round.
const MOST: usize = 50;
/// Requests that are under way at once.
const AT_ONCE: usize = 4;
/// From the end of one round to the next.
const RENEWED: Duration = Duration::from_secs(20);
/// As soon again at most: while a sync runs, resources come and go.
const SOON: Duration = Duration::from_secs(1);

/// Looks at what is `wanted`, as long as anything is.
pub(super) async fn attend(desk: Desk, mut wanted: watch::Receiver<Vec<ResourceRef>>) {
    loop {
        let now = wanted.borrow_and_update().clone();
        if now.is_empty() {
            desk.tell_of(What::Checkup(Checkup::Over)).await;
            if wanted.changed().await.is_err() {
                return;
            }
            continue;
        }
        tokio::select! {
            biased;
            closed = closed(&mut wanted) => if closed { return } else { continue },
            () = round(&desk, &now) => {}
        }
        desk.clock.sleep(SOON).await;
        tokio::select! {
            changed = wanted.changed() => if changed.is_err() { return },
            () = desk.clock.sleep(desk.clock.jitter(RENEWED)) => {}
        }
    }
}

/// Comes when nothing is wanted any more; says whether nothing ever will be.
async fn closed(wanted: &mut watch::Receiver<Vec<ResourceRef>>) -> bool {
    wanted.wait_for(Vec::is_empty).await.is_err()
}

/// Looks at each once.
async fn round(desk: &Desk, wanted: &[ResourceRef]) {
    let connection = desk.connection();
    let batches = Batch::all(wanted).into_iter().enumerate();
    let looks = batches.map(|(number, batch)| {
        let connection = connection.clone();
        async move {
            match connection {
                Some(_) if number >= MOST => batch.unread(&format!(
                    "only the first {MOST} kinds and namespaces are read"
                )),
                Some(connection) => batch.read(&connection).await,
                None => batch.unread("the cluster is not reached"),
            }
        }
    });
    let told = futures::stream::iter(looks).buffer_unordered(AT_ONCE);
    told.for_each(|found: Vec<Checked>| desk.tell_of(What::Checkup(Checkup::Looked { found })))
        .await;
}
