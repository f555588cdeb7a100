//! API tokens: which exist, what each may do, and how often it has asked.
//!
//! The limit is Cloudflare's own, 1,200 requests in five minutes for a token; windows are of real
//! time, as the client that is limited counts in it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::answer::Refusal;

const REQUESTS: i64 = 1_200;
const WINDOW: SignedDuration = SignedDuration::from_secs(300);

/// What a token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Zone:Read and DNS:Edit.
    Full,
    /// DNS:Edit of its zone alone: it lists no zone, as a scoped token without Zone:Read does.
    RecordsOnly,
    /// Zone:Read and DNS:Read.
    ReadOnly,
}

/// What a request wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    Verify,
    ReadZone,
    ReadRecords,
    EditRecords,
}

impl Scope {
    pub(super) fn lists_zones(self) -> bool {
        self != Self::RecordsOnly
    }

    fn permits(self, wish: Wish) -> bool {
        match wish {
            Wish::Verify | Wish::ReadZone | Wish::ReadRecords => true,
            Wish::EditRecords => self != Self::ReadOnly,
        }
    }
}

/// The tokens of the account.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tokens(Arc<Mutex<BTreeMap<String, Use>>>);

#[derive(Debug)]
struct Use {
    scope: Scope,
    window_began: Timestamp,
    asked: i64,
}

/// A token that was let in, and what is left of its window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Admitted {
    pub(super) scope: Scope,
    pub(super) remaining: i64,
    pub(super) resets_in: i64,
}

impl Tokens {
    /// Makes `token` valid.
    pub(crate) fn allow(&self, token: &str, scope: Scope) {
        let fresh = Use {
            scope,
            window_began: Timestamp::UNIX_EPOCH,
            asked: 0,
        };
        self.lock().insert(token.to_owned(), fresh);
    }

    /// Makes `token` unknown.
    #[cfg(test)]
    pub(crate) fn revoke(&self, token: &str) {
        self.lock().remove(token);
    }

    /// What a controller that holds `token` may do; it is not counted.
    pub(crate) fn scope(&self, token: &str) -> Result<Scope, Refusal> {
        let tokens = self.lock();
        let known = tokens.get(token).ok_or_else(Refusal::invalid_token)?;
        Ok(known.scope)
    }

    /// Lets a request in, or says why not.
    pub(super) fn admit(
        &self,
        authorization: Option<&str>,
        wish: Wish,
        now: Timestamp,
    ) -> Result<Admitted, Refusal> {
        let token = authorization
            .and_then(|header| header.strip_prefix("Bearer "))
            .filter(|token| well_formed(token))
            .ok_or_else(Refusal::malformed_authorization)?;
        let mut tokens = self.lock();
        let used = tokens.get_mut(token).ok_or_else(Refusal::invalid_token)?;
        if now.duration_since(used.window_began) >= WINDOW {
            used.window_began = now;
            used.asked = 0;
        }
        used.asked += 1;
        if !used.scope.permits(wish) {
            return Err(Refusal::not_permitted());
        }
        let age = now.duration_since(used.window_began);
        Ok(Admitted {
            scope: used.scope,
            remaining: REQUESTS - used.asked,
            resets_in: (WINDOW - age).as_secs(),
        })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Use>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn well_formed(token: &str) -> bool {
    token.len() >= 8
        && token
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}
