//! `k3scope render`: writes the folders that follow from cluster.toml, and never over what somebody
//! edited unless it is agreed to. Connects only with `--import`.

use std::collections::BTreeSet;

use super::provision::{offer, open, somebody_to_ask};
use super::{Exit, Failure, Globals, connected, output};
use crate::app::rendered::{
    self, Compared, Comparison, Done, RenderReport, RenderedFile, Secrets, SecretsError, Standing,
};
use crate::app::takeover::Takeover;
use crate::config::Workspace;
use crate::config::files::Unfit;
use crate::domain::text;
use crate::render::{FOLDER, IMPORTS, RenderError, SECRETS};

/// Arguments of `render`.
#[derive(Debug, clap::Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub(super) struct Args {
    /// Write nothing; fail if anything differs from what is rendered. Secrets are not looked at.
    #[arg(long, conflicts_with_all = ["overwrite", "keep"])]
    check: bool,
    /// Write over files that somebody edited.
    #[arg(long, conflicts_with = "keep")]
    overwrite: bool,
    /// Leave files that somebody edited as they are, and write the others.
    #[arg(long)]
    keep: bool,
    /// Write imports.tf as well, by which Terraform takes over what bears the cluster's tags. With
    /// this alone `render` connects: it looks at the cloud, as `plan` does.
    #[arg(long, conflicts_with = "check")]
    import: bool,
    /// Write one JSON object.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, globals: &Globals) -> Result<Exit, Failure> {
    let loaded = globals.load()?;
    let root = Workspace::beside(&loaded.path).root;
    let takeover = if args.import {
        Some(connected(looked(globals))?)
    } else {
        None
    };
    let imports = match &takeover {
        Some(takeover) => takeover.imports.clone(),
        None => rendered::imports(&loaded)?,
    };
    let tree = rendered::tree(&loaded)?.taking_over(&imports);
    let comparison = Comparison::of(&root, &tree)?;
    if args.check {
        let report = comparison.checked();
        tell(args, &report)?;
        return Ok(if report.differs {
            Exit::Failed
        } else {
            Exit::Well
        });
    }
    let agreed = agreed(args, &comparison)?;
    let secrets = Secrets::of(&loaded)?;
    let report = comparison.write(&agreed)?;
    let written = secrets.write()?;
    tell(args, &report)?;
    if written {
        output::error_text(&format!("{FOLDER}/{SECRETS} written (mode 0600)\n"))?;
    }
    for missing in secrets.missing {
        output::error_text(&format!("{FOLDER}/{SECRETS} lacks {missing}\n"))?;
    }
    if let Some(takeover) = &takeover {
        output::error_text(&found(takeover))?;
    }
    Ok(Exit::Well)
}

/// What Terraform could take over.
async fn looked(globals: &Globals) -> Result<Takeover, Failure> {
    let cloud = open(globals)?;
    Ok(Box::pin(cloud.takeover(Globals::ssh_passphrase())).await?)
}

/// What was found in the cloud, and what comes next.
fn found(takeover: &Takeover) -> String {
    let Takeover {
        imports,
        known,
        stale,
    } = takeover;
    let mut lines = vec![match (imports.len(), known) {
        (0, 0) if stale.is_empty() => "nothing in the cloud bears this cluster's tags".to_owned(),
        (0, 0) => "nothing can be taken over as it is".to_owned(),
        (0, known) => format!("nothing to take over: Terraform's state has all {known} already"),
        (count, _) => format!(
            "{FOLDER}/{IMPORTS} takes over {count} resources that stand in the cloud; with engine = \
             \"terraform\" under [provision], `k3scope plan` shows it"
        ),
    }];
    lines.extend(stale.iter().cloned());
    lines.join("\n") + "\n"
}

/// The edited files that may be written over.
fn agreed(args: &Args, comparison: &Comparison) -> Result<BTreeSet<String>, Failure> {
    let mut agreed = BTreeSet::new();
    if args.keep {
        return Ok(agreed);
    }
    if !args.overwrite && !somebody_to_ask() {
        return refuse(comparison).map(|()| agreed);
    }
    for file in comparison.edited() {
        let shown = text::line(&file.path);
        let question = format!(
            "{}\n{FOLDER}/{shown} was edited. Write over it?",
            file.difference()
        );
        if args.overwrite || offer(&question, "overwrite")? {
            agreed.insert(file.path.clone());
        }
    }
    Ok(agreed)
}

/// Refuses where something was edited and nobody can be asked.
fn refuse(comparison: &Comparison) -> Result<(), Failure> {
    let edited: Vec<String> = comparison.edited().map(Compared::difference).collect();
    if edited.is_empty() {
        return Ok(());
    }
    let title = format!(
        "somebody edited {} of the files in {FOLDER}, and there is no terminal to ask on",
        edited.len()
    );
    Err(Failure::usage(
        &title,
        &edited.join("\n"),
        "`--overwrite` writes over them, `--keep` leaves them as they are and writes the others",
    ))
}

fn tell(args: &Args, report: &RenderReport) -> Result<(), Failure> {
    if args.json {
        return output::json_line(report);
    }
    let mut lines: Vec<String> = report.files.iter().filter_map(words).collect();
    if lines.is_empty() {
        let count = report.files.len();
        lines.push(format!(
            "{FOLDER} is as cluster.toml wants it: {count} files"
        ));
    }
    output::text(&format!("{}\n", lines.join("\n")))
}

/// What there is to say of a file; nothing of one that was right.
fn words(file: &RenderedFile) -> Option<String> {
    let said = match (file.done, file.standing) {
        (Done::Nothing, Standing::Same) => return None,
        (Done::Nothing, standing) => standing.to_string().replace('-', " "),
        (Done::Written, _) => "written".to_owned(),
        (Done::Removed, _) => "removed".to_owned(),
        (Done::Kept, _) => "kept as edited".to_owned(),
    };
    Some(format!("{said:<15} {}", text::line(&file.path)))
}

impl From<Unfit> for Failure {
    fn from(unfit: Unfit) -> Self {
        if matches!(unfit, Unfit::Io { .. }) {
            Self::other(unfit)
        } else {
            Self::configuration(unfit)
        }
    }
}

impl From<RenderError> for Failure {
    fn from(error: RenderError) -> Self {
        Self::configuration(error)
    }
}

impl From<SecretsError> for Failure {
    fn from(error: SecretsError) -> Self {
        match error {
            SecretsError::Unfit(unfit) => unfit.into(),
            SecretsError::Tracked(_)
            | SecretsError::Unreadable { .. }
            | SecretsError::State(_)
            | SecretsError::Token(_) => Self::configuration(error),
        }
    }
}
