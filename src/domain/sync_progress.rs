//! How far a sync is, from what Argo CD writes while it runs.

use super::application::{AppResource, Application, Phase, SyncResult};

/// How far the operation of an Application is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress<'a> {
    /// Resources with a result.
    pub done: usize,
    /// Resources that it is for.
    pub of: usize,
    /// The wave that it is in.
    pub wave: Option<i32>,
    /// The wave that comes next.
    pub next: Option<i32>,
    /// What it waits for, in Argo CD's words.
    pub waits_for: Option<&'a str>,
}

/// How the operation that runs, or ran last, gets on; nothing where there was none.
pub fn progress(app: &Application) -> Option<Progress<'_>> {
    let operation = app.operation.as_ref()?;
    let done = |resource: &&AppResource| operation.results.iter().any(|it| is_of(it, resource));
    let of = match operation.chosen {
        0 => app.resources.len().max(operation.results.len()),
        chosen => chosen,
    };
    // Of a sync of some resources it is not told which wait for their turn.
    let open = app.resources.iter().filter(|it| !done(it));
    let open = open.filter(|_| operation.chosen == 0);
    Some(Progress {
        done: operation.results.len().min(of),
        of,
        wave: app.resources.iter().filter(done).map(|it| it.wave).max(),
        next: open.map(|it| it.wave).min(),
        waits_for: waits_for(&operation.message)
            .filter(|_| matches!(operation.phase, Phase::Running)),
    })
}

/// Whether a result is about a resource.
pub fn is_of(result: &SyncResult, resource: &AppResource) -> bool {
    result.kind == resource.kind
        && result.group == resource.group
        && result.id.name == resource.id.name
        && (result.id.namespace.is_empty() || result.id.namespace == resource.id.namespace)
}

/// What the message of a running operation says that it waits for.
fn waits_for(message: &str) -> Option<&str> {
    const WAITS: [&str; 3] = [
        "waiting for healthy state of ",
        "waiting for completion of hook ",
        "waiting for deletion of ",
    ];
    WAITS.iter().find_map(|words| message.strip_prefix(words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::application::Operation;
    use crate::domain::object::ObjectRef;

    #[test]
    fn a_sync_tells_its_wave_and_what_it_waits_for() {
        let resource = |kind: &str, wave| AppResource {
            kind: kind.into(),
            id: ObjectRef::new("docs", "docs"),
            wave,
            ..AppResource::default()
        };
        let result = SyncResult {
            kind: "Namespace".into(),
            id: ObjectRef::cluster("docs"),
            ..SyncResult::default()
        };
        let app = Application {
            resources: vec![resource("Namespace", -1), resource("Deployment", 2)],
            operation: Some(Operation {
                message: "waiting for healthy state of /Namespace/docs and 2 more resources".into(),
                results: vec![result],
                ..Operation::default()
            }),
            ..Application::default()
        };
        assert_eq!(
            progress(&app),
            Some(Progress {
                done: 1,
                of: 2,
                wave: Some(-1),
                next: Some(2),
                waits_for: Some("/Namespace/docs and 2 more resources"),
            })
        );
        assert_eq!(progress(&Application::default()), None);
    }
}
