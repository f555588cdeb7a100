//! The command line: clap types and one file a subcommand.
//!
//! Results go to standard output, progress and errors to standard error. Every command ends in an
//! `Exit` or a `Failure`; nothing below this module ends the process.

mod apply;
mod bootstrap;
mod completions;
mod config;
mod demo;
mod destroy;
mod failure;
mod init;
mod keep;
mod keys;
mod kubeconfig;
mod lab;
mod man;
mod output;
mod own_keys;
mod plan;
mod preflight;
mod provision;
mod reach;
mod render;
mod screen;
mod session;
mod signals;
mod ssh;
mod status;
mod themes;
mod trust;
mod tunnel;
mod watch;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use secrecy::SecretString;

use failure::{Exit, Failure};

use crate::app::Recorder;
use crate::config::{Config, Loaded};
use crate::kube::{Access, Target};
use crate::telemetry;

/// A terminal cockpit that takes a K3s cluster on Oracle Cloud from nothing to a served HTTPS page,
/// and then stays on call.
#[derive(Debug, Parser)]
#[command(name = "k3scope", version, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    globals: Globals,
    /// Without a command: the interactive session, which begins wherever this cluster stands.
    #[command(subcommand)]
    command: Option<Command>,
}

/// What every command takes.
#[derive(Debug, clap::Args)]
struct Globals {
    /// The cluster's configuration.
    #[arg(
        short,
        long,
        global = true,
        value_name = "FILE",
        env = "K3SCOPE_CONFIG"
    )]
    #[arg(default_value = "cluster.toml")]
    config: PathBuf,
    /// The kubeconfig; without it `KUBECONFIG`, then `~/.kube/config`.
    #[arg(long, global = true, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    /// The kubeconfig's context; without it the current one.
    #[arg(long, global = true, value_name = "NAME")]
    context: Option<String>,
    /// How screens look; `k3scope themes list` tells which themes there are.
    #[arg(long, global = true, value_name = "NAME")]
    theme: Option<String>,
    /// Permit nothing that changes the cloud or the cluster.
    #[arg(long, global = true)]
    read_only: bool,
    /// Write every event to a new file, one line of JSON each.
    #[arg(long, global = true, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Show a recording instead of a cluster.
    #[arg(long, global = true, value_name = "FILE")]
    #[arg(conflicts_with_all = ["record", "kubeconfig", "context"])]
    replay: Option<PathBuf>,
    /// Say more on standard error; twice for everything.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
}

impl Globals {
    /// Reads and checks the configuration.
    fn load(&self) -> Result<Loaded, Failure> {
        Config::load(&self.config).map_err(Failure::configuration)
    }

    /// Reads and checks the configuration, for a command that connects: keys that redirect or
    /// execute and are not trusted are a refusal, so that nothing goes where nobody meant it to.
    fn load_trusted(&self) -> Result<Loaded, Failure> {
        let loaded = self.load()?;
        match loaded.untrusted_keys() {
            None => Ok(loaded),
            Some(keys) => Err(Failure::untrusted(&keys)),
        }
    }

    /// What may be changed: nothing where the command line or the configuration says so.
    fn access(&self, loaded: Option<&Loaded>) -> Access {
        Access::of(self.read_only || loaded.is_some_and(|loaded| loaded.config.read_only))
    }

    /// Where a cluster is looked at.
    fn target(&self, namespace: Option<&String>) -> Target {
        Target {
            kubeconfig: self.kubeconfig.clone(),
            context: self.context.clone(),
            namespace: namespace.cloned(),
        }
    }

    /// The file that events are written to, where one is wanted.
    fn recorder(&self) -> Result<Option<Recorder>, Failure> {
        let create = |path: &PathBuf| {
            Recorder::create(path).map_err(|error| {
                Failure::configuration(format!("cannot record to {}: {error}", path.display()))
            })
        };
        self.record.as_ref().map(create).transpose()
    }

    /// Refuses what goes with other commands only, so that nobody waits for it to take effect.
    fn suit(&self, command: Option<&Command>) -> Result<(), Failure> {
        let changes = matches!(command, Some(Command::Apply(_) | Command::Destroy(_)));
        let watches = matches!(command, Some(Command::Watch(_)));
        let leads = matches!(
            command,
            None | Some(Command::Demo(_) | Command::Bootstrap(_) | Command::Preflight(_))
        );
        if self.read_only && changes {
            return Err(Failure::configuration(
                "--read-only permits neither apply nor destroy",
            ));
        }
        if self.record.is_some() && !changes && !watches && !leads {
            return Err(Failure::configuration(
                "--record goes with the session, demo, watch, preflight, apply, bootstrap and destroy: \
                 the others tell no events",
            ));
        }
        if self.replay.is_some() && !watches {
            return Err(Failure::configuration("--replay goes with watch"));
        }
        Ok(())
    }

    /// The passphrase of the API's private key, where the environment gives one.
    fn oci_passphrase() -> Option<SecretString> {
        let given = std::env::var("OCI_CLI_PASSPHRASE").ok();
        given.map(SecretString::from)
    }

    /// The passphrase of the SSH key, where the environment gives one.
    fn ssh_passphrase() -> Option<SecretString> {
        let given = std::env::var("K3SCOPE_SSH_PASSPHRASE").ok();
        given.map(SecretString::from)
    }
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// The same session against the built-in lab: no account, nothing to install, nothing left.
    Demo(demo::Args),
    /// Write an annotated cluster.toml.
    Init(init::Args),
    /// Write tf-k3s/, the cluster as plain Terraform, beside cluster.toml.
    Render(render::Args),
    /// Check all that must be well before money or time is spent.
    Preflight(preflight::Args),
    /// Show what apply would do, and what it would cost.
    Plan(plan::Args),
    /// Make what is missing of the cluster's network and nodes.
    Apply(apply::Args),
    /// Remove all that bears the cluster's tag.
    Destroy(destroy::Args),
    /// Follow the nodes until the cluster is healthy, or a stage has failed.
    Bootstrap(bootstrap::Args),
    /// Print the cluster's kubeconfig, or merge it into your own.
    Kubeconfig(kubeconfig::Args),
    /// Open a shell on a node, or run a command there.
    Ssh(ssh::Args),
    /// Put the API server on a port of this machine, through the ingress node.
    Tunnel(tunnel::Args),
    /// Run the simulated outside world on loopback and print where it is.
    Lab(lab::Args),
    /// Check, show and document cluster.toml.
    Config(config::Args),
    /// Wait for a run of Terraform, which must not end with the program that began it.
    #[command(hide = true)]
    Keep(keep::Args),
    /// Let keys of cluster.toml that execute or redirect take effect.
    Trust(trust::Args),
    /// Go straight to the cockpit, for the cluster of a kubeconfig.
    Watch(watch::Args),
    /// Tell how the cluster is, for a script, a cron job or a prompt.
    Status(status::Args),
    /// List and show themes.
    Themes(themes::Args),
    /// List which key does what.
    Keys(keys::Args),
    /// Print a completion script for a shell.
    Completions(completions::Args),
    /// Print the manual page.
    Man(man::Args),
}

/// Runs the command that the program's arguments name.
pub fn main() -> ExitCode {
    if let Err(error) = crate::term::install_hooks() {
        return Failure::other(error).show().into();
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return output::usage(&error).into(),
    };
    match run(&cli) {
        Ok(exit) => exit.into(),
        Err(failure) => failure.show().into(),
    }
}

fn run(cli: &Cli) -> Result<Exit, Failure> {
    let globals = &cli.globals;
    globals.suit(cli.command.as_ref())?;
    let Some(command) = &cli.command else {
        return session::run(globals);
    };
    if !matches!(command, Command::Watch(_) | Command::Demo(_)) {
        telemetry::to_standard_error(globals.verbose).map_err(Failure::other)?;
    }
    match command {
        Command::Demo(args) => demo::run(args, globals),
        Command::Preflight(args) => connected(preflight::run(args, globals)),
        Command::Plan(args) => connected(plan::run(args, globals)),
        Command::Apply(args) => connected(apply::run(args, globals)),
        Command::Destroy(args) => connected(destroy::run(args, globals)),
        Command::Bootstrap(args) => connected(bootstrap::run(args, globals)),
        Command::Kubeconfig(args) => connected(kubeconfig::run(args, globals)),
        Command::Ssh(args) => connected(ssh::run(args, globals)),
        Command::Tunnel(args) => connected(tunnel::run(args, globals)),
        Command::Lab(args) => connected(lab::run(args)),
        Command::Init(args) => init::run(args, globals),
        Command::Render(args) => render::run(args, globals),
        Command::Config(args) => config::run(args, globals),
        Command::Trust(args) => trust::run(args, globals),
        Command::Status(args) => connected(status::run(args, globals)),
        Command::Watch(args) => watch::run(args, globals),
        Command::Themes(args) => themes::run(args),
        Command::Keys(args) => keys::run(args),
        Command::Keep(args) => connected(keep::run(args)),
        Command::Completions(args) => completions::run(args),
        Command::Man(args) => man::run(args),
    }
}

/// Runs a command that talks to the outside.
fn connected<T>(command: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Runtime::new().map_err(Failure::other)?;
    runtime.block_on(command)
}
