//! Step 6: what the checks say, what will be written, and what follows on it.

use super::checks;
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::panes::signs;
use crate::ui::widgets::page::Page;
use crate::wizard::{Finish, Key, Wizard};

/// The checks, the files, what begins then, and `cluster.toml` in full.
pub(super) fn page(wizard: &Wizard, ctx: &Ctx<'_>) -> Page {
    let mut page = Page::default();
    checks::list(&mut page, wizard, ctx.store.preflight.as_ref());
    page.heading("What is written");
    let folder = wizard.workspace().display().to_string();
    let name = match folder.as_str() {
        "" | "." => "cluster.toml".to_owned(),
        folder => format!("{}/cluster.toml", folder.trim_end_matches('/')),
    };
    page.field("File", crate::domain::text::line(&name));
    let typed = wizard.value(Key::TokenFrom) == "typed";
    if typed && wizard.value(Key::Provider) == "cloudflare" {
        page.field("Token", "into .k3scope/secrets, for you alone");
    }
    page.field(
        "Then",
        format!("a network and {} machines", wizard.rows().len()),
    );
    page.field("Price", wizard.allowance_check().price().to_string());
    let said = match wizard.finish() {
        Finish::No | Finish::Agreeing(_) => None,
        Finish::Keeping => Some((signs::BUSY, "the token is being kept")),
        Finish::Writing => Some((signs::BUSY, "the file is being written")),
        Finish::Begun => Some((signs::OK, "written; it has begun")),
    };
    if let Some((sign, said)) = said {
        page.item(vec![signs::before(sign)], said, Role::Text);
    }
    page.heading("cluster.toml, without its comments");
    let lines = wizard.text().lines().map(crate::domain::text::line);
    let kept = |line: &String| !line.is_empty() && !line.starts_with('#');
    for line in lines.filter(kept) {
        let role = if line.starts_with('[') {
            Role::Accent
        } else {
            Role::Text
        };
        page.hanging(4, Vec::new(), line, role);
    }
    page
}
