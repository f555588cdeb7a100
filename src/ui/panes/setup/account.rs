//! What is known of the account: who it is, where it may be used; and the keys to paste.

use crate::domain::setup::{Answer, ApiKeyMade};
use crate::theme::Role;
use crate::ui::panes::signs;
use crate::ui::widgets::page::Page;
use crate::wizard::{Key, Wizard};

/// Step 1: the account, the keys.
pub(super) fn page(wizard: &Wizard) -> Page {
    let mut page = Page::default();
    if wizard.value(Key::Access) == "new" {
        new_key(&mut page, wizard);
    } else {
        account(&mut page, wizard);
        if let Answer::Known(key) = &wizard.facts().api_key {
            paste(&mut page, key);
        }
    }
    ssh(&mut page, wizard);
    page
}

fn account(page: &mut Page, wizard: &Wizard) {
    let Some(account) = wizard.account() else {
        match &wizard.facts().account {
            Answer::Failed(problem) => {
                let before = vec![signs::before(signs::BAD)];
                page.item(before, problem.title.clone(), Role::Text);
                page.styled(problem.detail.clone(), Role::Muted);
                page.styled(problem.next.clone(), Role::Text);
            }
            Answer::Asked => page.styled("logging in", Role::Muted),
            Answer::Unasked | Answer::Known(_) => page.styled("not logged in yet", Role::Muted),
        }
        return;
    };
    page.field("Tenancy", account.tenancy.as_str());
    page.field("Profile", account.profile.as_str());
    let home = account.regions.iter().find(|region| region.home);
    page.field(
        "Home region",
        home.map_or("", |region| region.name.as_str()),
    );
    page.field("Regions", account.regions.len().to_string());
    page.field("Compartments", account.compartments.len().to_string());
}

fn new_key(page: &mut Page, wizard: &Wizard) {
    match &wizard.facts().api_key {
        Answer::Known(key) => paste(page, key),
        Answer::Asked => page.styled("The key is being made.", Role::Muted),
        Answer::Failed(problem) => {
            page.item(
                vec![signs::before(signs::BAD)],
                problem.title.clone(),
                Role::Text,
            );
            page.styled(problem.detail.clone(), Role::Muted);
            page.styled(problem.next.clone(), Role::Text);
        }
        Answer::Unasked => {
            page.styled("Where the three are found", Role::Title);
            for said in [
                "1. Open https://cloud.oracle.com and log in.",
                "2. Profile (upper right), My profile: the user's OCID.",
                "3. Profile, Tenancy: the tenancy's OCID, and the home region.",
                "4. Then make the key: its public half is shown here.",
            ] {
                page.hanging(3, Vec::new(), said, Role::Text);
            }
        }
    }
}

/// The public key, and the way to where it belongs.
fn paste(page: &mut Page, key: &ApiKeyMade) {
    page.heading("Paste this public key");
    let way = "https://cloud.oracle.com → Profile → My profile → API keys → Add API key → \
               Paste a public key";
    page.styled(way, Role::Text);
    page.blank();
    for line in &key.public {
        page.hanging(0, Vec::new(), line.as_str(), Role::Accent);
    }
    page.blank();
    page.field("Fingerprint", key.fingerprint.as_str());
    page.field("Private key", key.file.as_str());
}

fn ssh(page: &mut Page, wizard: &Wizard) {
    let Answer::Known(key) = &wizard.facts().ssh_key else {
        return;
    };
    page.heading("SSH key of the nodes");
    if key.public.is_empty() {
        page.styled("there is none yet", Role::Muted);
    } else {
        page.hanging(0, Vec::new(), key.public.as_str(), Role::Accent);
        page.field("Fingerprint", key.fingerprint.as_str());
    }
}

/// Step 2: the regions and compartments that there are.
pub(super) fn places(wizard: &Wizard) -> Page {
    let mut page = Page::default();
    let Some(account) = wizard.account() else {
        page.styled(
            "Once you are logged in, your regions stand here.",
            Role::Muted,
        );
        return page;
    };
    page.styled("Regions", Role::Title);
    for region in &account.regions {
        let chosen = region.name == wizard.value(Key::Region).as_str();
        let sign = if chosen {
            signs::OK
        } else {
            ("·", Role::Muted)
        };
        let text = if region.home {
            format!("{} (home: Always Free works here)", region.name)
        } else {
            region.name.to_string()
        };
        page.item(vec![signs::before(sign)], text, Role::Text);
    }
    page.heading("Availability domains");
    for domain in &account.availability_domains {
        page.styled(domain.as_str(), Role::Text);
    }
    page.blank();
    let said = "A1 machines are often out of capacity in one domain and not in another.";
    page.styled(said, Role::Muted);
    page
}
