//! The program itself: Terraform or OpenTofu, found on `PATH` or named by the operator.

use std::env;
use std::fmt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use super::Product;
use super::environment::Environment;
use crate::clock::Clock;
use crate::domain::problem::Problem;
use crate::domain::text;

/// How long it may take to say its version.
const PATIENCE: Duration = Duration::from_secs(20);

/// The oldest version that reads the rendered folder.
fn oldest(product: Product) -> Version {
    match product {
        Product::Terraform => Version(1, 9),
        Product::OpenTofu => Version(1, 8),
    }
}

/// Major and minor number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Version(u32, u32);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

/// A program that reads the rendered folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Where it is.
    pub path: PathBuf,
    /// What it is.
    pub product: Product,
    /// Its whole version, as it says it.
    pub version: String,
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path,
            product,
            version,
        } = self;
        write!(f, "{product} {version} ({})", path.display())
    }
}

impl Program {
    /// The program at `named`; without that, the first `terraform` on `PATH`, or else `tofu`.
    pub async fn find(
        named: Option<&Path>,
        environment: &Environment,
        clock: Clock,
    ) -> Result<Self, Problem> {
        let path = match named {
            Some(path) => path.to_owned(),
            None => on_path().ok_or_else(not_there)?,
        };
        let mut command = Command::new(&path);
        environment.put_on(&mut command);
        command
            .arg("version")
            .stdin(Stdio::null())
            .kill_on_drop(true);
        let said = match clock.timeout(PATIENCE, command.output()).await {
            Ok(Ok(output)) if output.status.success() => {
                text::block(&String::from_utf8_lossy(&output.stdout), 1_000)
            }
            Ok(Ok(output)) => return Err(unusable(&path, &output.status.to_string())),
            Ok(Err(error)) => return Err(unusable(&path, &error.to_string())),
            Err(elapsed) => return Err(unusable(&path, &elapsed.to_string())),
        };
        let first = said.lines().next().unwrap_or_default();
        let program = Self::told(&path, first).ok_or_else(|| unusable(&path, first))?;
        program.suits()?;
        Ok(program)
    }

    /// What the first line of `version` says.
    fn told(path: &Path, line: &str) -> Option<Self> {
        let (product, version) = line.split_once(" v")?;
        let product = match product {
            "Terraform" => Product::Terraform,
            "OpenTofu" => Product::OpenTofu,
            _ => return None,
        };
        Some(Self {
            path: path.to_owned(),
            product,
            version: text::line(version),
        })
    }

    fn suits(&self) -> Result<(), Problem> {
        let mut numbers = self.version.split('.').map_while(|part| part.parse().ok());
        let version = Version(
            numbers.next().unwrap_or_default(),
            numbers.next().unwrap_or_default(),
        );
        let oldest = oldest(self.product);
        if version >= oldest {
            return Ok(());
        }
        Err(Problem {
            title: format!("{} {} is too old", self.product, self.version),
            detail: format!("{} is what was found", self.path.display()),
            next: format!("install {} {oldest} or later", self.product),
            request_id: None,
        })
    }
}

fn on_path() -> Option<PathBuf> {
    let folders: Vec<PathBuf> = env::split_paths(&env::var_os("PATH")?).collect();
    let programs = ["terraform", "tofu"];
    programs.iter().find_map(|name| {
        let files = folders.iter().map(|folder| folder.join(name));
        files.into_iter().find(|file| is_program(file))
    })
}

fn is_program(file: &Path) -> bool {
    std::fs::metadata(file)
        .is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
}

fn not_there() -> Problem {
    Problem {
        title: "neither terraform nor tofu is installed".to_owned(),
        detail:
            "engine = \"terraform\" under [provision] in cluster.toml runs one of them, and PATH \
                 leads to neither"
                .to_owned(),
        next:
            "install one of them, name it with `terraform = \"/path\"` under [provision], or set \
               engine = \"direct\", which needs nothing installed"
                .to_owned(),
        request_id: None,
    }
}

fn unusable(path: &Path, why: &str) -> Problem {
    Problem {
        title: format!("{} is neither Terraform nor OpenTofu", path.display()),
        detail: format!("asked for its version, it says: {}", text::line(why)),
        next: "see what it is, or name another with `terraform = \"/path\"` under [provision]"
            .to_owned(),
        request_id: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(line: &str) -> Option<Program> {
        Program::told(Path::new("/bin/it"), line)
    }

    #[test]
    fn versions_are_read_and_judged() {
        let terraform = told("Terraform v1.11.4").unwrap();
        assert_eq!(terraform.to_string(), "Terraform 1.11.4 (/bin/it)");
        assert!(terraform.suits().is_ok());
        assert!(told("OpenTofu v1.8.0-rc1").unwrap().suits().is_ok());
        let old = told("Terraform v1.8.5").unwrap().suits().unwrap_err();
        assert!(old.next.contains("1.9 or later"), "{old:?}");
        assert!(told("GNU coreutils v9").is_none());
    }
}
