//! What a chart at a version, or a path in a repository, yields: a table of manifests.
//!
//! The lab renders neither Helm nor Kustomize. `assets/lab/sources.toml` names every source that it
//! knows; anything else is an error in Argo CD's own words.

use std::collections::BTreeMap;
use std::sync::Arc;

use include_dir::{Dir, include_dir};
use serde::Deserialize;
use serde_json::Value;

use super::AssetError;
use super::object::{hex, text};

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/assets/lab/sources");
const INDEX: &str = include_str!("../../../assets/lab/sources.toml");

/// The table, its manifests parsed.
pub(crate) struct Sources {
    rows: Vec<Row>,
    files: BTreeMap<String, Vec<Arc<Value>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Index {
    /// Files that no source yields.
    laid: Vec<String>,
    source: Vec<Row>,
}

/// One source: a chart at versions, or a path of any repository.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    chart: Option<String>,
    #[serde(default)]
    versions: Vec<String>,
    path: Option<String>,
    /// How Argo CD would build it.
    #[serde(rename = "type")]
    kind: String,
    files: Vec<String>,
    /// What it was like at earlier commits.
    #[serde(default)]
    past: Vec<Past>,
}

/// An earlier commit of a path: as now, but for one text.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Past {
    commit: String,
    /// What stands there now.
    now: String,
    /// What stood there then.
    then: String,
}

impl Past {
    /// A manifest as it was then.
    fn manifest(&self, now: &Value) -> Arc<Value> {
        let then = now.to_string().replace(&self.now, &self.then);
        Arc::new(serde_json::from_str(&then).unwrap_or_else(|_| now.clone()))
    }
}

/// A source as it is at a revision.
pub(super) struct Rendered {
    pub(super) manifests: Vec<Arc<Value>>,
    pub(super) revision: String,
    pub(super) kind: String,
}

impl Sources {
    /// Reads the embedded table; `values` stand for `${…}`.
    pub(super) fn load(values: &BTreeMap<String, String>) -> Result<Self, AssetError> {
        let index: Index = toml::from_str(INDEX)
            .map_err(|error| AssetError::new("sources.toml", &error.to_string()))?;
        let mut files = BTreeMap::new();
        let named = index.source.iter().flat_map(|row| &row.files);
        for file in named.chain(&index.laid) {
            if !files.contains_key(file) {
                files.insert(file.clone(), manifests(file, values)?);
            }
        }
        Ok(Self {
            rows: index.source,
            files,
        })
    }

    /// The manifests of a file of the table, whatever source names it.
    pub(crate) fn file(&self, file: &str) -> &[Arc<Value>] {
        self.files.get(file).map(Vec::as_slice).unwrap_or_default()
    }

    /// What an Application's source yields, or why it cannot be built.
    pub(super) fn render(&self, source: &Value) -> Result<Rendered, String> {
        self.render_at(source, text(source, "/targetRevision"))
    }

    /// The same at another revision than the one that it follows.
    pub(super) fn render_at(&self, source: &Value, version: &str) -> Result<Rendered, String> {
        let chart = text(source, "/chart");
        let repository = text(source, "/repoURL");
        let (row, revision) = if chart.is_empty() {
            let path = text(source, "/path")
                .trim_start_matches("./")
                .trim_matches('/');
            let row = self.rows.iter().find(|row| row.has_path(path));
            let row = row.ok_or_else(|| format!("{path}: app path does not exist"))?;
            let is_commit = version.len() == 40 && version.bytes().all(|b| b.is_ascii_hexdigit());
            let commit = if is_commit {
                version.to_owned()
            } else {
                hex(&format!("{repository}@{version}"), 40)
            };
            (row, commit)
        } else {
            let row = self
                .rows
                .iter()
                .find(|row| row.chart.as_deref() == Some(chart));
            let row = row.ok_or_else(|| {
                format!("error fetching chart: failed to fetch chart: failed to get command args to log: chart \"{chart}\" version \"{version}\" not found in {repository} repository")
            })?;
            if !row.versions.iter().any(|known| known == version) {
                return Err(format!(
                    "chart \"{chart}\" version \"{version}\" not found in {repository} repository"
                ));
            }
            (row, version.to_owned())
        };
        let parts = row.files.iter().flat_map(|file| self.file(file));
        let past = row.past.iter().find(|past| past.commit == revision);
        let as_it_was =
            |now: &Arc<Value>| past.map_or_else(|| Arc::clone(now), |it| it.manifest(now));
        Ok(Rendered {
            manifests: parts.map(as_it_was).collect(),
            revision,
            kind: row.kind.clone(),
        })
    }
}

impl Row {
    fn has_path(&self, path: &str) -> bool {
        self.path.as_deref().is_some_and(|known| {
            path == known
                || path
                    .strip_suffix(known)
                    .is_some_and(|head| head.ends_with('/'))
        })
    }
}

fn manifests(file: &str, values: &BTreeMap<String, String>) -> Result<Vec<Arc<Value>>, AssetError> {
    let found = FILES.get_file(file).and_then(|found| found.contents_utf8());
    let mut text = found
        .ok_or_else(|| AssetError::new(file, "there is no such file"))?
        .to_owned();
    for (key, value) in values {
        text = text.replace(&format!("${{{key}}}"), value);
    }
    serde_saphyr::from_multiple::<Value>(&text)
        .map(|all| all.into_iter().map(Arc::new).collect())
        .map_err(|error| AssetError::new(file, &error.to_string()))
}
