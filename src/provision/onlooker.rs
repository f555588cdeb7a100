//! Who is told what planning does while it lasts. Knows nothing of screens and channels.

use std::fmt;
use std::sync::Arc;

use crate::domain::planning::Planning;

/// Takes what is told, at once and without waiting.
type Ear = Arc<dyn Fn(Planning) + Send + Sync>;

/// Somebody who waits for a plan, or nobody. Cloning is cheap.
#[derive(Clone, Default)]
pub struct Onlooker(Option<Ear>);

impl Onlooker {
    /// Somebody who is told by `ear`.
    pub fn new(ear: impl Fn(Planning) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(ear)))
    }

    /// Tells what is done now.
    pub fn tell(&self, planning: Planning) {
        if let Some(ear) = &self.0 {
            ear(planning);
        }
    }
}

impl fmt::Debug for Onlooker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let there = self.0.is_some();
        f.debug_tuple("Onlooker").field(&there).finish()
    }
}
