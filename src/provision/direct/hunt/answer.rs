//! What the answer to a launch means: to be waited out, to be repeated, or the end of it.

use crate::domain::hunt::{LaunchAnswer, Place};
use crate::domain::plan::Step;
use crate::domain::problem::Problem;
use crate::oci::Error;
use crate::provision::direct::Engine;

impl Engine {
    /// What it means that OCI answered the launch of `step` in `place` with `error`, and how it is
    /// told where it ends the step; `told` is how it is told by itself.
    pub(in crate::provision) async fn launch_answer(
        &self,
        (step, place): (&Step, &Place),
        error: &Error,
        told: Problem,
    ) -> (LaunchAnswer, Problem) {
        let answer = if error.is_out_of_capacity() {
            LaunchAnswer::OutOfCapacity
        } else if error.is_throttled() {
            LaunchAnswer::TooManyRequests
        } else if error.code() == Some("LimitExceeded") {
            return self.limit_exceeded(step, place, told).await;
        } else if matches!(error, Error::Transport { .. })
            || error.is_incorrect_state()
            || !error.is_definite_refusal()
        {
            LaunchAnswer::Unclear
        } else {
            LaunchAnswer::Refused
        };
        (answer, told)
    }
}
