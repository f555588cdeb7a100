//! Which availability domains have hosts for the shape.

use crate::domain::preflight::Verdict;
use crate::domain::topology::A1_SHAPE;
use crate::preflight::check::{Answer, Check, Finding, LIMIT};
use crate::preflight::scene::Scene;

pub(super) const CHECK: Check = Check {
    name: "availability-domains",
    proves: "An availability domain that may be used offers Ampere A1.",
    unknown: Verdict::Blocks,
    limit: LIMIT,
    run: |scene| Box::pin(run(scene)),
};

async fn run(scene: &Scene) -> Answer {
    let (offering, places) = (scene.offering().await?, scene.places().await?);
    let wanted = scene.config().oci.availability_domain.as_ref();
    Ok(judge(
        offering,
        &places,
        wanted.map(ToString::to_string).as_deref(),
    ))
}

fn judge(offering: &[(String, bool)], places: &[&str], wanted: Option<&str>) -> Finding {
    let names = |offers: bool| {
        let names = offering.iter().filter(|(_, it)| *it == offers);
        names.map(|(name, _)| name.as_str()).collect::<Vec<_>>()
    };
    let (with, without) = (names(true), names(false));
    let known = |word: &str| {
        let number = word.parse::<usize>().ok();
        let mut all = offering.iter().enumerate();
        all.any(|(place, (name, _))| name == word || number == Some(place + 1))
    };
    if !places.is_empty() {
        let not = match without.as_slice() {
            [] => String::new(),
            without => format!("; not offered in {}", without.join(", ")),
        };
        return Finding::passed(format!("{}{not}", places.join(", ")));
    }
    let next = match with.as_slice() {
        [] => "name another region under [oci] in cluster.toml".to_owned(),
        with => format!(
            "set availability_domain under [oci] to one of {}, or leave it out",
            with.join(", ")
        ),
    };
    let evidence = match wanted {
        Some(word) if !known(word) => format!("the region has no availability domain {word}"),
        Some(word) => format!("{word} does not offer {A1_SHAPE}"),
        None => format!("none of {} offers {A1_SHAPE}", without.join(", ")),
    };
    Finding::blocks(evidence).next(next)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::any(&[true, true], &["AD-1", "AD-2"], None, Verdict::Passed, "AD-1, AD-2", "")]
    #[case::one(&[false, true], &["AD-2"], None, Verdict::Passed, "AD-2; not offered in AD-1", "")]
    #[case::not_there(&[false, true], &[], Some("1"), Verdict::Blocks, "1 does not offer", "AD-2")]
    #[case::unknown(&[true, true], &[], Some("AD-9"), Verdict::Blocks, "no availability domain AD-9", "AD-1, AD-2")]
    #[case::number(&[true, true], &[], Some("3"), Verdict::Blocks, "no availability domain 3", "AD-1")]
    #[case::nowhere(&[false, false], &[], None, Verdict::Blocks, "none of AD-1, AD-2", "another region")]
    fn one_that_offers_the_shape_is_needed(
        #[case] offers: &[bool],
        #[case] places: &[&str],
        #[case] wanted: Option<&str>,
        #[case] verdict: Verdict,
        #[case] evidence: &str,
        #[case] next: &str,
    ) {
        let offering: Vec<(String, bool)> = offers
            .iter()
            .enumerate()
            .map(|(place, offers)| (format!("AD-{}", place + 1), *offers))
            .collect();
        let finding = judge(&offering, places, wanted);
        assert_eq!(finding.verdict, verdict);
        assert!(finding.evidence.contains(evidence), "{finding:?}");
        assert!(finding.next.contains(next), "{finding:?}");
    }
}
