//! Where paths of `cluster.toml` lead: `~` is the home folder, the rest begins at the file's own.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use etcetera::base_strategy::Xdg;

/// The operator's own folders, outside every workspace.
#[derive(Clone, Debug, Default)]
pub struct Home {
    /// What `~` stands for; `None` when the environment does not tell.
    pub folder: Option<PathBuf>,
    /// Where programs keep their configuration (`$XDG_CONFIG_HOME`).
    pub config: Option<PathBuf>,
}

impl Home {
    /// As the environment tells.
    pub fn of_user() -> Self {
        Xdg::new().map_or_else(
            |_| Self::default(),
            |xdg| Self {
                folder: Some(xdg.home_dir().to_owned()),
                config: Some(xdg.config_dir()),
            },
        )
    }

    /// `path` with `~` replaced, and made absolute from `base` where it is relative.
    pub fn resolve(&self, path: &Path, base: &Path) -> PathBuf {
        match (path.strip_prefix("~"), &self.folder) {
            (Ok(rest), Some(home)) if rest.as_os_str().is_empty() => home.clone(),
            (Ok(rest), Some(home)) => home.join(rest),
            _ => base.join(path),
        }
    }
}
