//! One resource type at work: made, read, changed and removed by the requests that the real
//! provider makes, in its order, and waited for as it waits.

use std::time::Duration;

use serde_json::{Map, Value as Json};

use super::ask::{Asker, Failure, filled};
use super::body::{Writer, at};
use super::names::{Names, insert};
use super::read::Reader;
use super::schema::Block;
use super::table::{Part, Row};
use super::value::{Cty, Object};

/// The real provider looks again after this, then after twice that, and so on.
const SOONEST_LOOK: Duration = Duration::from_millis(100);
const LATEST_LOOK: Duration = Duration::from_secs(10);
const LONGEST_WAIT: Duration = Duration::from_mins(20);
/// States at the end of a life.
const OVER: [&str; 3] = ["TERMINATED", "DELETED", "PENDING_DELETION"];

/// What works on the resources of one type.
#[derive(Clone, Copy, Debug)]
pub(super) struct Worker<'a> {
    pub(super) row: &'a Row,
    pub(super) block: &'a Block,
    pub(super) names: Names<'a>,
    pub(super) asker: &'a Asker,
}

/// Something went wrong; what of the resource stands nevertheless.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) failure: Failure,
    pub(super) stands: Option<Object>,
}

impl From<Failure> for Broken {
    fn from(failure: Failure) -> Self {
        Self {
            failure,
            stands: None,
        }
    }
}

impl Worker<'_> {
    fn writer(&self) -> Writer<'_> {
        Writer {
            row: self.row,
            names: self.names,
            block: self.block,
        }
    }

    fn reader(&self, before: &Object) -> Reader<'_> {
        // After an import nothing is known but the id.
        let blank = before
            .iter()
            .all(|(name, value)| name == "id" || value.is_null() || *value == Cty::List(vec![]));
        Reader {
            names: self.names,
            imported: blank.then_some(self.row.imported.as_slice()),
        }
    }

    /// Makes what is planned.
    pub(super) async fn create(&self, planned: &Object, config: &Object) -> Result<Object, Broken> {
        let body = self.writer().create(planned, config);
        let made = self
            .asker
            .change("POST", &self.row.collection, Some(body))
            .await?;
        let id = text(&made, "id");
        self.settled(&id, planned).await.map_err(|failure| Broken {
            failure,
            stands: Some(known(planned, &id)),
        })
    }

    /// What stands; none when it is no more.
    pub(super) async fn read(&self, before: &Object) -> Result<Option<Object>, Failure> {
        let answer = match self.asker.get(&self.row.item(id_of(before))).await {
            Ok(answer) => answer,
            Err(failure) if failure.is_not_found() => return Ok(None),
            Err(failure) => return Err(failure),
        };
        if self.row.is_gone(&text(&answer, "lifecycleState")) {
            return Ok(None);
        }
        self.told(answer, before).await.map(Some)
    }

    /// Brings what stands to what is planned, without making it anew.
    pub(super) async fn update(
        &self,
        prior: &Object,
        planned: &Object,
        config: &Object,
    ) -> Result<Object, Failure> {
        let id = id_of(prior);
        let differs = |path: &str| at(prior, path) != at(planned, path);
        if self.row.update.iter().any(|name| differs(name)) {
            let body = self.writer().update(prior, planned, config);
            let item = self.row.item(id);
            self.asker.change("PUT", &item, Some(body)).await?;
        }
        for part in &self.row.parts {
            let changed: Map<String, Json> = part
                .update
                .iter()
                .filter(|(path, _)| differs(path))
                .filter_map(|(path, field)| {
                    Some((field.clone(), self.writer().value_at(planned, path)?))
                })
                .collect();
            if !changed.is_empty() {
                let whole = self.asker.get(&self.row.item(id)).await?;
                if let Some(item) = self.place_of(part, &whole).await? {
                    self.asker.change("PUT", &item, Some(changed)).await?;
                }
            }
        }
        self.settled(id, planned).await
    }

    /// Removes it and waits until it is gone.
    pub(super) async fn delete(&self, prior: &Object) -> Result<(), Failure> {
        let item = self.row.item(id_of(prior));
        let done = match &self.row.delete_action {
            Some(action) => {
                let target = format!("{item}{action}");
                self.asker.change("POST", &target, Some(Map::new())).await
            }
            None => self.asker.change("DELETE", &item, None).await,
        };
        match done {
            Ok(_) => {}
            Err(failure) if failure.is_not_found() => return Ok(()),
            Err(failure) => return Err(failure),
        }
        let mut looks = Looks::default();
        loop {
            match self.asker.get(&item).await {
                Ok(answer) if OVER.contains(&text(&answer, "lifecycleState").as_str()) => {
                    return Ok(());
                }
                Ok(answer) => {
                    let state = text(&answer, "lifecycleState");
                    looks.wait(self.asker, &state, "TERMINATED").await?;
                }
                Err(failure) if failure.is_not_found() => return Ok(()),
                Err(failure) => return Err(failure),
            }
        }
    }

    /// Waits until it stays as it is; what it then is.
    async fn settled(&self, id: &str, planned: &Object) -> Result<Object, Failure> {
        let wanted = self.row.ready.join(", ");
        let mut looks = Looks::default();
        loop {
            let answer = self.asker.get(&self.row.item(id)).await?;
            let state = text(&answer, "lifecycleState");
            if self.row.rests(&state) {
                return self.told(answer, planned).await;
            }
            if self.row.is_gone(&state) {
                return Err(Failure::Unexpected(format!(
                    "unexpected state '{state}', wanted target '{wanted}'"
                )));
            }
            looks.wait(self.asker, &state, &wanted).await?;
        }
    }

    /// The state that the answer and the answers about its parts make.
    async fn told(
        &self,
        mut answer: Map<String, Json>,
        before: &Object,
    ) -> Result<Object, Failure> {
        let mut met = answer.clone();
        for part in &self.row.parts {
            let target = filled(&part.find, &met)?;
            let found = self.asker.list(&target).await?;
            let Some(Json::Object(mut found)) = found.into_iter().next() else {
                continue;
            };
            // Later parts are found by what earlier ones told, but never by another thing's id.
            let first = found.clone();
            met.extend(
                first
                    .into_iter()
                    .filter(|(name, _)| name != "id" && name.ends_with("Id")),
            );
            if let Some(item) = &part.item {
                found = self.asker.get(&filled(item, &found)?).await?;
            }
            for (path, field) in &part.into {
                if let Some(value) = found.get(field) {
                    insert(&mut answer, path, value.clone());
                }
            }
        }
        Ok(self.reader(before).state(self.block, &answer, Some(before)))
    }

    async fn place_of(
        &self,
        part: &Part,
        whole: &Map<String, Json>,
    ) -> Result<Option<String>, Failure> {
        let found = self.asker.list(&filled(&part.find, whole)?).await?;
        match (&part.item, found.first().and_then(Json::as_object)) {
            (Some(item), Some(found)) => filled(item, found).map(Some),
            _ => Ok(None),
        }
    }
}

/// Looks at something again and again, at growing intervals.
#[derive(Debug, Default)]
struct Looks {
    last: Duration,
    waited: Duration,
}

impl Looks {
    async fn wait(&mut self, asker: &Asker, state: &str, wanted: &str) -> Result<(), Failure> {
        self.last = (self.last * 2).clamp(SOONEST_LOOK, LATEST_LOOK);
        self.waited += self.last;
        if self.waited > LONGEST_WAIT {
            return Err(Failure::Unexpected(format!(
                "timeout while waiting for state to become '{wanted}' (last state: '{state}')"
            )));
        }
        asker.clock.sleep(self.last).await;
        Ok(())
    }
}

fn text(object: &Map<String, Json>, field: &str) -> String {
    let text = object.get(field).and_then(Json::as_str);
    text.unwrap_or_default().to_owned()
}

pub(super) fn id_of(object: &Object) -> &str {
    object.get("id").and_then(Cty::as_text).unwrap_or_default()
}

/// What is known of a planned object that was made and could not be read.
pub(super) fn known(planned: &Object, id: &str) -> Object {
    let mut object = planned.clone();
    for value in object.values_mut() {
        forget(value);
    }
    object.insert("id".to_owned(), Cty::text(id));
    object
}

fn forget(value: &mut Cty) {
    match value {
        Cty::Unknown => *value = Cty::Null,
        Cty::List(items) => items.iter_mut().for_each(forget),
        Cty::Object(fields) => fields.values_mut().for_each(forget),
        Cty::Null | Cty::Flag(_) | Cty::Number(_) | Cty::Text(_) => {}
    }
}
