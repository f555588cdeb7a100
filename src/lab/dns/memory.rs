//! What a resolver remembers: the answers that it gave, until their time is over.
//!
//! Time passes at the lab's speed, so that what is left of an answer's time shrinks as fast as the rest
//! of its world moves. Nothing is remembered until that is switched on.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::{Record, RecordType};

use crate::clock::Clock;

/// The memory of the lab's resolver.
#[derive(Clone, Debug)]
pub(crate) struct Memory {
    clock: Clock,
    kept: Arc<Mutex<Option<Kept>>>,
}

type Kept = BTreeMap<(String, RecordType), Answered>;

#[derive(Clone, Debug)]
struct Answered {
    at: Instant,
    code: ResponseCode,
    answers: Vec<Record>,
    authorities: Vec<Record>,
}

impl Memory {
    /// A resolver that remembers nothing yet.
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            clock,
            kept: Arc::default(),
        }
    }

    /// Remembers from now on, or forgets all and never remembers again.
    pub(crate) fn switch(&self, on: bool) {
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = on.then(Kept::new);
    }

    /// `fresh`, or what was answered before, with what is left of its time. Only for those who ask
    /// for recursion: who asks the zone's own servers gets what is.
    pub(super) fn recall(&self, request: &Message, fresh: Message) -> Message {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(kept) = kept.as_mut().filter(|_| request.metadata.recursion_desired) else {
            return fresh;
        };
        let Some(query) = request.queries.first() else {
            return fresh;
        };
        let key = (query.name().to_lowercase().to_ascii(), query.query_type());
        let now = self.clock.instant();
        let age = |at: Instant| self.seconds(now.duration_since(at));
        if let Some(known) = kept.get(&key)
            && let Some(aged) = known.aged(age(known.at))
        {
            return aged.instead_of(fresh);
        }
        let answered = Answered {
            at: now,
            code: fresh.metadata.response_code,
            answers: fresh.answers.clone(),
            authorities: fresh.authorities.clone(),
        };
        kept.insert(key, answered);
        fresh
    }

    /// How many of the lab's seconds a real time is.
    fn seconds(&self, real: Duration) -> u32 {
        let second = self
            .clock
            .at_pace(Duration::from_secs(1))
            .as_micros()
            .max(1);
        u32::try_from(real.as_micros() / second).unwrap_or(u32::MAX)
    }
}

impl Answered {
    /// The same after so many seconds; nothing once the first part is over.
    fn aged(&self, seconds: u32) -> Option<Self> {
        let mut aged = self.clone();
        for record in aged.answers.iter_mut().chain(&mut aged.authorities) {
            record.ttl = record.ttl.checked_sub(seconds).filter(|left| *left > 0)?;
        }
        Some(aged)
    }

    fn instead_of(self, mut fresh: Message) -> Message {
        fresh.metadata.response_code = self.code;
        fresh.metadata.authoritative = false;
        fresh.answers = self.answers;
        fresh.authorities = self.authorities;
        fresh
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hickory_proto::op::{MessageType, OpCode, Query};
    use hickory_proto::rr::{Name, RData};

    fn question(recursive: bool) -> Message {
        let name = Name::from_ascii("docs.example.com.").unwrap();
        let mut question = Message::query();
        question.metadata.recursion_desired = recursive;
        question.add_query(Query::query(name, RecordType::A));
        question
    }

    fn answer(address: &str) -> Message {
        let mut answer = Message::new(1, MessageType::Response, OpCode::Query);
        let name = Name::from_ascii("docs.example.com.").unwrap();
        let data = RData::A(address.parse().unwrap());
        answer.add_answer(Record::from_rdata(name, 300, data));
        answer
    }

    #[test]
    fn who_asks_for_recursion_gets_what_was_and_others_what_is() {
        let memory = Memory::new(Clock::default());
        memory.switch(true);
        let (old, new) = (answer("203.0.113.7"), answer("203.0.113.9"));
        assert_eq!(memory.recall(&question(true), old.clone()), old);
        let again = memory.recall(&question(true), new.clone());
        assert_eq!(again.answers[0].data, old.answers[0].data);
        assert_eq!(memory.recall(&question(false), new.clone()), new);
        memory.switch(false);
        assert_eq!(memory.recall(&question(true), new.clone()), new);
    }

    #[test]
    fn an_answer_loses_its_time_and_is_over_at_its_end() {
        let answered = Answered {
            at: Clock::default().instant(),
            code: ResponseCode::NoError,
            answers: answer("203.0.113.7").answers,
            authorities: Vec::new(),
        };
        assert_eq!(answered.aged(290).unwrap().answers[0].ttl, 10);
        assert!(answered.aged(300).is_none());
    }
}
