//! Terraform on one workspace: what it is run in, and with what.

use std::collections::BTreeMap;
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::ExitStatus;

use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::domain::hunt::Place;
use crate::domain::plan::{Action, Operation, Plan, ResourceKey, ResourceKind, Step};
use crate::domain::problem::Problem;
use crate::domain::text;
use crate::provision::onlooker::Onlooker;

use super::asked::{Answer, ask};
use super::environment::Environment;
use super::kept::{Begun, Hunted, RunFiles};
use super::program::Program;
use super::pulse::{self, Pulse};
use super::{About, Ended, Hearing, Messages, Review, review};

/// What `plan -detailed-exitcode` ends with where there is something to do.
const CHANGES: i32 = 2;
/// The longest complaint that is shown, in characters.
const LONGEST: usize = 2_000;

/// Terraform on one workspace.
#[derive(Clone, Debug)]
pub struct Terraform {
    /// The rendered folder.
    pub folder: PathBuf,
    /// Where the files of runs are kept.
    pub runs: PathBuf,
    /// The program, where the operator names one.
    pub named: Option<PathBuf>,
    /// What it is started with.
    pub environment: Environment,
    /// This program, which keeps a run when what began it is gone.
    pub keeper: PathBuf,
    /// Time and pace.
    pub clock: Clock,
    /// Cancelled where a person chose that a run which is stopping ends at once.
    pub force: CancellationToken,
    /// Who is told what planning does.
    pub onlooker: Onlooker,
}

/// What is asked of a plan.
#[derive(Clone, Debug)]
pub(in crate::provision) struct Wish<'a> {
    /// What for.
    pub(in crate::provision) operation: Operation,
    /// Addresses that are to be replaced.
    pub(in crate::provision) replace: Vec<String>,
    /// The only addresses that are to be touched; all where there is none.
    pub(in crate::provision) only: Vec<String>,
    /// How the quota names the compartment, where there is to be one.
    pub(in crate::provision) quota_scope: Option<String>,
    /// Where nodes are launched, and where those stand that are there, by name.
    pub(in crate::provision) placements: BTreeMap<String, Place>,
    /// What the plan does not say itself.
    pub(in crate::provision) about: About<'a>,
}

/// A plan that can be carried out exactly as it was shown. The file holds secrets: it is removed with
/// this value, unless a run has taken it over.
#[derive(Debug)]
pub struct Saved {
    /// What it will do.
    pub review: Review,
    /// What made it.
    pub program: Program,
    /// Where it launches which nodes.
    pub launches: BTreeMap<ResourceKey, Place>,
    /// Of which hunt it is one try.
    pub(super) hunted: Option<Hunted>,
    pub(super) file: SavedFile,
}

/// The file of a saved plan.
#[derive(Debug)]
pub(super) struct SavedFile(Option<PathBuf>);

impl SavedFile {
    /// Terraform writes it for all to read; the folder is ours alone, and so is the file from now on.
    fn close_to_others(&self) -> io::Result<()> {
        self.0.iter().try_for_each(|path| {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))
        })
    }

    /// The path, which somebody else removes from now on.
    pub(super) fn hand_over(&mut self) -> Option<PathBuf> {
        self.0.take()
    }
}

impl Drop for SavedFile {
    fn drop(&mut self) {
        let Some(path) = &self.0 else { return };
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::error!(path = %path.display(), %error, "a saved plan, which holds secrets, stays");
            }
            _ => {}
        }
    }
}

impl Terraform {
    /// The plan of a run that was begun earlier and goes on by itself.
    pub fn under_way(&self) -> Result<Option<UnderWay>, Problem> {
        let unreadable = |error: io::Error| {
            let title = "an earlier run of Terraform cannot be looked at";
            failed(title, &error, "see what is in .k3scope/runs and mend it")
        };
        let Some(files) = RunFiles::alive(&self.runs).map_err(unreadable)? else {
            return Ok(None);
        };
        let begun = files.begun().map_err(unreadable)?;
        Ok(Some(UnderWay::of(begun, files)))
    }

    /// Initialises the folder, plans, and reads the plan.
    pub(in crate::provision) async fn plan(&self, wish: Wish<'_>) -> Result<Saved, Problem> {
        let program = self.initialised().await?;
        self.planned(program, wish).await
    }

    /// Finds the program and has it initialise the folder.
    pub(super) async fn initialised(&self) -> Result<Program, Problem> {
        let program = Program::find(self.named.as_deref(), &self.environment, self.clock).await?;
        let init = ["init", "-json", "-input=false"].map(str::to_owned);
        let pulse = Pulse::new(pulse::Command::Init, None, &self.onlooker);
        self.heard(&program, ("initialise tf-k3s/", &pulse), &init, &[0])
            .await?;
        Ok(program)
    }

    /// Plans in the initialised folder, and reads the plan.
    pub(super) async fn planned(&self, program: Program, wish: Wish<'_>) -> Result<Saved, Problem> {
        let scope = wish.quota_scope.iter();
        let scope = scope.map(|scope| ("TF_VAR_quota_scope".to_owned(), scope.as_str().into()));
        let here = Self {
            environment: self.environment.clone().and(scope),
            ..self.clone()
        };
        here.saved(program, wish).await
    }

    async fn saved(&self, program: Program, wish: Wish<'_>) -> Result<Saved, Problem> {
        let mut file = SavedFile(Some(self.new_file()?));
        let arguments = arguments(&wish, &file);
        let known = pulse::in_state(&self.folder);
        let pulse = Pulse::new(pulse::Command::Plan, known, &self.onlooker);
        let what = ("plan the cluster", &pulse);
        self.heard(&program, what, &arguments, &[0, CHANGES])
            .await?;
        file.close_to_others().map_err(|error| {
            failed(
                "the saved plan cannot be kept from others",
                &error,
                "see whose .k3scope/runs is",
            )
        })?;
        let review = self.shown(&program, &mut file, &wish.about).await?;
        let is_launch =
            |step: &&Step| step.kind == ResourceKind::Instance && step.action == Action::Create;
        let made = review.plan.steps.iter().filter(is_launch);
        let launches = made.filter_map(|step| {
            let place = wish.placements.get(&step.name)?;
            Some((step.key.clone(), place.clone()))
        });
        Ok(Saved {
            launches: launches.collect(),
            review,
            program,
            hunted: None,
            file,
        })
    }

    /// Where a plan is saved.
    fn new_file(&self) -> Result<PathBuf, Problem> {
        let made = std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.runs);
        made.map_err(|error| {
            let title = "no plan can be saved in .k3scope/runs";
            failed(
                title,
                &error,
                "make that folder writable, and only for yourself",
            )
        })?;
        let now = self.clock.now().strftime("%Y%m%dT%H%M%S%3fZ");
        let name = format!("{now}-{}.tfplan", std::process::id());
        Ok(self.runs.join(name))
    }

    async fn shown(
        &self,
        program: &Program,
        file: &mut SavedFile,
        about: &About<'_>,
    ) -> Result<Review, Problem> {
        let what = "read the saved plan";
        let Some(path) = &file.0 else {
            return Err(failed(what, &"it is gone", "plan again"));
        };
        let arguments = ["show".into(), "-json".into(), path.display().to_string()];
        let mut shown = Vec::new();
        let answer = self
            .ask(program, &arguments, |bytes| shown.extend_from_slice(bytes))
            .await?;
        if let Some(problem) =
            Hearing::default().problem(what, ended(answer.status, &[0]), &answer.complaints)
        {
            return Err(problem);
        }
        review(&shown, about).map_err(|error| {
            let next = "see whether k3scope and Terraform are of about the same age";
            failed("the saved plan says something unknown", &error, next)
        })
    }

    /// Runs a command that tells by messages; `well` are the statuses that mean no failure.
    async fn heard(
        &self,
        program: &Program,
        (what, pulse): (&str, &Pulse<'_>),
        arguments: &[String],
        well: &[i32],
    ) -> Result<Hearing, Problem> {
        let (mut messages, mut hearing) = (Messages::default(), Hearing::default());
        let asking = self.ask(program, arguments, |bytes| {
            for message in messages.push(bytes) {
                pulse.on(&message);
                hearing.on(&message);
            }
        });
        let answer = pulse.beside(asking, self.clock).await?;
        if let Some(message) = messages.end() {
            hearing.on(&message);
        }
        match hearing.problem(what, ended(answer.status, well), &answer.complaints) {
            Some(problem) => Err(problem),
            None => Ok(hearing),
        }
    }

    pub(super) async fn ask(
        &self,
        program: &Program,
        arguments: &[String],
        heard: impl FnMut(&[u8]) + Send,
    ) -> Result<Answer, Problem> {
        let at = (program.path.as_path(), self.folder.as_path());
        ask(at, &self.environment, arguments, heard)
            .await
            .map_err(|error| {
                let title = format!("{} cannot be run in tf-k3s/", program.product);
                failed(&title, &error, "see that both are there and may be used")
            })
    }
}

/// A run that was begun earlier and goes on by itself.
#[derive(Debug)]
pub struct UnderWay {
    /// What it does; where it is one try of a hunt, all that is hunted for.
    pub plan: Plan,
    /// Where it launches which nodes.
    pub(super) launches: BTreeMap<ResourceKey, Place>,
    /// Of which hunt it is one try.
    pub(super) hunted: Option<Hunted>,
    pub(super) files: RunFiles,
}

impl UnderWay {
    pub(super) fn of(begun: Begun, files: RunFiles) -> Self {
        let whole = begun.hunted.as_ref().map(|hunted| hunted.whole.clone());
        Self {
            plan: whole.unwrap_or(begun.plan),
            launches: begun.launches,
            hunted: begun.hunted,
            files,
        }
    }
}

fn arguments(wish: &Wish<'_>, file: &SavedFile) -> Vec<String> {
    let mut arguments: Vec<String> = ["plan", "-json", "-input=false", "-detailed-exitcode"]
        .map(str::to_owned)
        .into();
    if wish.operation == Operation::Destroy {
        arguments.push("-destroy".to_owned());
    }
    let out = file.0.iter().map(|path| format!("-out={}", path.display()));
    arguments.extend(out);
    let replaced = wish.replace.iter().map(|it| format!("-replace={it}"));
    arguments.extend(replaced);
    arguments.extend(wish.only.iter().map(|it| format!("-target={it}")));
    if !wish.placements.is_empty() {
        let placements = serde_json::json!(wish.placements);
        arguments.push(format!("-var=placements={placements}"));
    }
    arguments
}

/// How a program ended, where `well` are the statuses that mean no failure.
pub(super) fn ended(status: ExitStatus, well: &[i32]) -> Ended {
    match status.code() {
        Some(code) if well.contains(&code) => Ended::Well,
        Some(code) => Ended::Failed(code),
        None => Ended::Killed(status.signal().unwrap_or_default()),
    }
}

pub(super) fn failed(title: &str, why: &impl ToString, next: &str) -> Problem {
    Problem {
        title: text::line(title),
        detail: text::block(&why.to_string(), LONGEST),
        next: next.to_owned(),
        request_id: None,
    }
}

/// The address of a resource of the rendered folder; nothing for what is a setting of another one.
pub fn address(key: &ResourceKey) -> Option<String> {
    use crate::provision::blueprint as print;
    let key = key.0.as_str();
    if let Some(name) = key.strip_prefix("node-") {
        return Some(format!("oci_core_instance.node[{name:?}]"));
    }
    let address = match key {
        print::VCN => "oci_core_vcn.this",
        print::INTERNET_GATEWAY => "oci_core_internet_gateway.this",
        print::PUBLIC_SECURITY => "oci_core_security_list.subnet[\"public\"]",
        print::PRIVATE_SECURITY => "oci_core_security_list.subnet[\"private\"]",
        print::PUBLIC_ROUTES => "oci_core_route_table.public",
        print::PRIVATE_ROUTES => "oci_core_route_table.private",
        print::PUBLIC_SUBNET => "oci_core_subnet.public",
        print::PRIVATE_SUBNET => "oci_core_subnet.private",
        print::PUBLIC_IP => "oci_core_public_ip.ingress[0]",
        print::QUOTA_GUARD => "oci_limits_quota.guard[0]",
        _ => return None,
    };
    Some(address.to_owned())
}
