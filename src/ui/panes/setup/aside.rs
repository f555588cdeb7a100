//! What the present step means, drawn beside the form or below it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::state::Setup;
use super::{account, review};
use crate::domain::allowance::AllowanceCheck;
use crate::domain::setup::Answer;
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::panes::signs;
use crate::ui::widgets::boxes::Frame;
use crate::ui::widgets::page::{self, Page};
use crate::wizard::{Key, Step, Wizard};

/// Cells of a gauge.
const GAUGE: u32 = 16;

/// Draws it.
pub(super) fn draw(setup: &Setup, buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>, wizard: &Wizard) {
    let (title, page) = match wizard.step() {
        Step::Credentials => ("Your account", account::page(wizard)),
        Step::Place => ("What there is", account::places(wizard)),
        Step::Nodes => ("Allowance", allowance(wizard)),
        Step::Network => ("Topology", topology(wizard)),
        Step::Names => ("What it serves", names(wizard)),
        Step::Review => ("Checks", review::page(wizard, ctx)),
    };
    let inside = Frame::titled(ctx.theme, title).draw(buf, area, ctx.theme);
    page::draw(buf, inside, ctx.theme, &page, &setup.scroll);
}

/// What the nodes use of what is free, and of what the account permits.
fn allowance(wizard: &Wizard) -> Page {
    let check = wizard.allowance_check();
    let (total, free) = (check.total(), check.allowance);
    let mut page = Page::default();
    page.styled("Free, and what is used of it", Role::Title);
    gauge(&mut page, "OCPU", total.ocpus.0, free.ocpus().0, "");
    gauge(&mut page, "Memory", total.memory.0, free.memory().0, " GB");
    let volumes = (total.boot_volumes.0, free.boot_volumes.0);
    gauge(&mut page, "Volumes", volumes.0, volumes.1, " GB");
    page.blank();
    price(&mut page, &check);
    limits(&mut page, wizard);
    page
}

fn price(page: &mut Page, check: &AllowanceCheck) {
    if check.costs_more() {
        let said = format!("about {}, as long as the machines exist", check.price());
        page.item(vec![signs::before(signs::WARN)], said, Role::Text);
        let said = "The layout compact fits into what Always Free has.";
        page.styled(said, Role::Muted);
    } else {
        let said = "it costs nothing";
        page.item(vec![signs::before(signs::OK)], said, Role::Text);
    }
}

fn gauge(page: &mut Page, name: &str, used: u32, free: u32, unit: &str) {
    let over = used.saturating_sub(free);
    let filled = used
        .saturating_mul(GAUGE)
        .checked_div(free)
        .unwrap_or(GAUGE)
        .min(GAUGE);
    let cells = |count: u32| usize::try_from(count).unwrap_or(0);
    let fill = if over > 0 { Role::Bad } else { Role::Fill };
    let before = vec![
        (format!("{name:8}"), Role::Muted),
        ("━".repeat(cells(filled)), fill),
        ("─".repeat(cells(GAUGE - filled)), Role::Track),
        (format!(" {used} of {free}{unit} "), Role::Text),
    ];
    let (text, role) = if over > 0 {
        (format!("✖ +{over}"), Role::Bad)
    } else {
        ("✔".to_owned(), Role::Ok)
    };
    page.hanging(8, before, text, role);
}

fn limits(page: &mut Page, wizard: &Wizard) {
    page.heading("Your account's limits");
    let Some(limits) = wizard.limits() else {
        let said = match &wizard.facts().limits {
            Answer::Asked => "being read",
            Answer::Failed(problem) => &problem.title,
            Answer::Unasked | Answer::Known(_) => "not known yet",
        };
        page.styled(said.to_owned(), Role::Muted);
        return;
    };
    page.field("Region", limits.region.as_str());
    for (name, (used, allowed), unit) in [
        ("A1 OCPU", limits.ocpus, ""),
        ("A1 memory", limits.memory_gb, " GB"),
        ("Volumes", limits.volume_gb, " GB"),
    ] {
        let said = match allowed {
            Some(allowed) => format!("{used} of {allowed}{unit} in use"),
            None => format!("{used}{unit} in use, no limit told"),
        };
        page.field(name, said);
    }
}

/// The network as it will be, from the internet inwards.
fn topology(wizard: &Wizard) -> Page {
    let mut page = Page::default();
    let mut line = |text: String, role| page.hanging(6, Vec::new(), text, role);
    let ssh = wizard.value(Key::SshFrom);
    let ssh = if ssh.is_empty() { "nowhere" } else { &ssh };
    line("Internet".to_owned(), Role::Title);
    line("  │ 80, 443 from anywhere".to_owned(), Role::Muted);
    line(format!("  │ 22 from {ssh}"), Role::Muted);
    line("  ▼ internet gateway".to_owned(), Role::Muted);
    line(format!("VCN {}", wizard.value(Key::Vcn)), Role::Title);
    line(
        format!("├─ public {}", wizard.value(Key::PublicSubnet)),
        Role::Text,
    );
    let nodes = wizard.rows();
    for node in nodes.iter().filter(|node| node.subnet == "public") {
        line(
            format!("│  ● {} {}", node.name, node.private_ip),
            Role::Accent,
        );
        if node.role == "ingress" {
            line(
                "│    Envoy, and the way out for the rest".to_owned(),
                Role::Muted,
            );
        }
    }
    line("│    ▲ default route".to_owned(), Role::Muted);
    line(
        format!("└─ private {}", wizard.value(Key::PrivateSubnet)),
        Role::Text,
    );
    for node in nodes.iter().filter(|node| node.subnet != "public") {
        let what = match node.role.as_str() {
            "server" => "control plane",
            _ => "workloads",
        };
        line(
            format!("   ● {} {}", node.name, node.private_ip),
            Role::Accent,
        );
        line(format!("     {what}"), Role::Muted);
    }
    page
}

/// The hosts with what answers there, and where it comes from.
fn names(wizard: &Wizard) -> Page {
    let mut page = Page::default();
    if wizard.value(Key::Provider) == "cloudflare" {
        for (name, key) in [("Docs", Key::HostDocs), ("Argo CD", Key::HostArgocd)] {
            let host = wizard.value(key);
            if !host.is_empty() {
                page.field(name, format!("https://{host}"));
            }
        }
        page.field("Zone", wizard.value(Key::Zone));
        page.field(
            "Records",
            "external-dns points A records at the ingress node",
        );
        page.field("TLS", "cert-manager has Let's Encrypt sign, by HTTP-01");
    } else {
        let said = "No names: the cluster comes up and is reached by the ingress node's address. \
                    Certificates wait until there is a domain.";
        page.styled(said, Role::Text);
    }
    page.heading("Delivery");
    let repository = wizard.value(Key::Repository);
    if repository.is_empty() {
        let said = "Argo CD is installed and has nothing to deliver.";
        page.styled(said, Role::Muted);
    } else {
        page.field("Repository", repository);
        page.field("Revision", wizard.value(Key::Revision));
        page.field("Folder", "argocd/apps");
    }
    page
}
