//! Starts the provider on a socket in the lab's folder, and says how terraform finds it.

use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::path::Path;
use std::sync::Arc;

use serde_json::json;
use tokio::net::UnixListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::ask::{Asked, Asker};
use super::grpc;
use super::keeper::Keeper;
use super::schema::Schemas;
use super::service::Provider;
use super::table::Table;
use crate::clock::Clock;
use crate::lab::oci::Oci;

/// As in `required_providers`.
const SOURCE: &str = "oracle/oci";
const SOCKET: &str = "terraform.sock";

/// A running provider.
#[derive(Debug)]
pub(in crate::lab) struct Reattach {
    asker: Asker,
    variable: String,
    _keeper: Keeper,
}

impl Reattach {
    /// Starts it. It listens before anybody hears of it: terraform would kill the process that
    /// stands for it otherwise.
    pub(in crate::lab) fn serve(
        oci: &Oci,
        folder: &Path,
        clock: Clock,
        tasks: &TaskTracker,
        stop: &CancellationToken,
    ) -> io::Result<Self> {
        let socket = folder.join(SOCKET);
        clear(&socket)?;
        let listener = UnixListener::bind(&socket)?;
        fs::set_permissions(&socket, fs::Permissions::from_mode(0o600))?;
        let asker = Asker::new(oci.clone(), clock);
        let provider = Provider {
            schemas: Schemas::embedded().map_err(io::Error::other)?,
            table: Table::embedded().map_err(io::Error::other)?,
            asker: asker.clone(),
        };
        let app = grpc::router(Arc::new(provider));
        let stop = stop.clone();
        tasks.spawn(async move {
            let served = stop.run_until_cancelled(async { axum::serve(listener, app).await });
            if let Some(Err(error)) = served.await {
                tracing::error!(%error, "the lab's provider ended");
            }
        });
        let keeper = Keeper::start()?;
        let address = json!({"Network": "unix", "String": socket});
        let plugin = json!({
            "Protocol": "grpc", "ProtocolVersion": 5, "Pid": keeper.id(), "Test": true, "Addr": address,
        });
        Ok(Self {
            asker,
            variable: json!({SOURCE: plugin}).to_string(),
            _keeper: keeper,
        })
    }

    /// The value of `TF_REATTACH_PROVIDERS`.
    pub(in crate::lab) fn variable(&self) -> &str {
        &self.variable
    }

    /// The requests that it has made of OCI.
    pub(in crate::lab) fn asked(&self) -> Vec<Asked> {
        self.asker.asked()
    }
}

/// Removes the socket of an earlier lab in the same folder, and nothing that is none.
fn clear(socket: &Path) -> io::Result<()> {
    match fs::symlink_metadata(socket) {
        Ok(found) if found.file_type().is_socket() => fs::remove_file(socket),
        Ok(_) => Err(io::Error::other("something else than a socket is there")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}
