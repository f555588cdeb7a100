//! Step 2: where in the account. Choices once the account is known, texts before that.

use super::Row;
use super::shapes::{choice, text};
use crate::domain::setup::AccountFound;
use crate::wizard::field::{Choice, Field};
use crate::wizard::key::{Key, Step};
use crate::wizard::machine::Wizard;
use crate::wizard::remark::{Remark, Weight};

pub(super) const ROW: Row = Row {
    step: Step::Place,
    title: "Place",
    about: "Where the cluster stands, and what makes it",
    first: Key::Region,
    fields,
    remarks,
};

const REGION: &str = "Always Free machines exist in your home region only.";
const COMPARTMENT: &str = "The folder of your tenancy that holds the cluster.";
const DOMAIN: &str = "`any` finds capacity soonest: a search goes round all of them.";

fn fields(wizard: &Wizard) -> Vec<Field> {
    let mut fields = places(wizard);
    fields.extend(wizard.engine_fields());
    fields
}

fn places(wizard: &Wizard) -> Vec<Field> {
    let Some(account) = wizard.account() else {
        return vec![
            text(wizard, Key::Region, "Region", REGION),
            text(wizard, Key::Compartment, "Compartment", COMPARTMENT),
            text(wizard, Key::AvailabilityDomain, "Domain", DOMAIN),
        ];
    };
    vec![
        choice(wizard, Key::Region, "Region", REGION, regions(account)),
        choice(
            wizard,
            Key::Compartment,
            "Compartment",
            COMPARTMENT,
            compartments(account),
        ),
        domain(wizard, account),
    ]
}

fn regions(account: &AccountFound) -> Vec<Choice> {
    let shown = |name: &str, home| {
        if home {
            format!("{name} · home")
        } else {
            name.to_owned()
        }
    };
    let regions = account.regions.iter();
    regions
        .map(|it| Choice::new(it.name.as_str(), shown(&it.name, it.home)))
        .collect()
}

fn compartments(account: &AccountFound) -> Vec<Choice> {
    let shown = |(at, name): (usize, &str)| match at {
        0 => format!("{name} · root"),
        _ => name.to_owned(),
    };
    let compartments = account.compartments.iter().enumerate();
    compartments
        .map(|(at, it)| Choice::new(it.id.as_str(), shown((at, &it.name))))
        .collect()
}

/// The domains that were found are those of the profile's own region.
fn domain(wizard: &Wizard, account: &AccountFound) -> Field {
    let own = wizard.profile().map(|it| it.region.to_string());
    if own.is_none_or(|own| own != wizard.value(Key::Region)) {
        return text(wizard, Key::AvailabilityDomain, "Domain", DOMAIN);
    }
    let mut choices = vec![Choice::new("", "any")];
    let domains = account.availability_domains.iter();
    choices.extend(domains.map(|it| Choice::new(it.as_str(), it.as_str())));
    choice(wizard, Key::AvailabilityDomain, "Domain", DOMAIN, choices)
}

fn remarks(wizard: &Wizard) -> Vec<Remark> {
    let mut remarks = of_place(wizard);
    remarks.extend(wizard.engine_remark());
    remarks
}

fn of_place(wizard: &Wizard) -> Vec<Remark> {
    let Some(account) = wizard.account() else {
        let said = "log in (step 1) to choose from what your account has";
        return vec![Remark::of(Step::Place, Weight::Note, said)];
    };
    let value = wizard.value(Key::Region);
    let region = account.regions.iter().find(|it| it.name == value.as_str());
    let home = account.regions.iter().find(|it| it.home);
    let mut remarks = Vec::new();
    match (region, home) {
        (None, _) if account.regions.is_empty() => {}
        (None, _) => remarks.push(Remark::on(
            Key::Region,
            Weight::Stop,
            format!("your tenancy is not subscribed to `{value}`"),
        )),
        (Some(region), Some(home)) if !region.home => remarks.push(Remark::on(
            Key::Region,
            Weight::Warn,
            format!("nothing is free outside your home region {}", home.name),
        )),
        (Some(_), _) => {}
    }
    let compartment = wizard.value(Key::Compartment);
    let mut known = account.compartments.iter();
    if !account.compartments.is_empty() && !known.any(|it| it.id == compartment.as_str()) {
        let said = "this compartment was not found among those that you may see";
        remarks.push(Remark::on(Key::Compartment, Weight::Warn, said));
    }
    remarks
}
