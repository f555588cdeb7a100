//! What would fit where a plan does not: the answer to a refusal.

use std::fmt;

use super::check::AllowanceCheck;
use super::terms::Usage;
use crate::domain::units::{Gigabytes, Ocpus};

/// What the layout `compact` uses: two nodes of 1 OCPU, 6 GB and 50 GB of boot volume.
pub const COMPACT: Usage = Usage {
    ocpus: Ocpus(2),
    memory: Gigabytes(12),
    boot_volumes: Gigabytes(100),
};

/// What fits where something is scarce, beside what others use of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// All of the plan.
    Plan,
    /// The layout `compact`.
    Compact,
    /// Only a cluster that is smaller by `by`: `room` is left for it.
    Smaller {
        /// How much less it would have to use.
        by: Usage,
        /// What is left for it.
        room: Usage,
    },
}

impl AllowanceCheck {
    /// What fits into the allowance.
    pub fn fit(&self) -> Fit {
        self.within(self.allowance.free().over(self.of_others()))
    }

    /// What fits into the live limits; the plan, where they are unknown.
    pub fn fit_limits(&self) -> Fit {
        match self.available {
            Some(available) => self.within(self.ours + available),
            None => Fit::Plan,
        }
    }

    fn within(&self, room: Usage) -> Fit {
        let by = (self.ours + self.added).over(room);
        if by == Usage::default() {
            Fit::Plan
        } else if COMPACT.fits(room) {
            Fit::Compact
        } else {
            Fit::Smaller { by, room }
        }
    }
}

impl fmt::Display for Fit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plan => f.write_str("the plan fits"),
            Self::Compact => write!(f, "the layout `compact` fits ({COMPACT})"),
            Self::Smaller { by, room } => {
                write!(f, "a cluster smaller by {by} fits: {room} left for it")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::allowance::{Allowance, usage};
    use rstest::rstest;

    #[rstest]
    #[case::plan(usage(0, 0, 0), usage(0, 0, 0), usage(2, 12, 100), "the plan fits")]
    #[case::compact(
        usage(0, 0, 0),
        usage(0, 0, 0),
        usage(4, 24, 150),
        "the layout `compact` fits (2 OCPU, 12 GB, 100 GB of boot volume)"
    )]
    #[case::a_part_stands_already(
        usage(1, 6, 50),
        usage(1, 6, 50),
        usage(3, 18, 100),
        "the layout `compact` fits (2 OCPU, 12 GB, 100 GB of boot volume)"
    )]
    #[case::others(
        usage(1, 6, 50),
        usage(0, 0, 0),
        usage(2, 12, 100),
        "a cluster smaller by 1 OCPU, 6 GB fits: 1 OCPU, 6 GB, 150 GB of boot volume left for it"
    )]
    fn what_fits_is_what_others_leave(
        #[case] used: Usage,
        #[case] ours: Usage,
        #[case] added: Usage,
        #[case] words: &str,
    ) {
        let check = AllowanceCheck {
            allowance: Allowance::ALWAYS_FREE,
            used,
            ours,
            added,
            ..AllowanceCheck::default()
        };
        assert_eq!(check.fit().to_string(), words);
    }
}
