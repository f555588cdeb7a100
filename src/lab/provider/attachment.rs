//! Resources that are a field of another thing, such as the route table of a subnet: made by
//! setting the field, removed by setting it back.

use serde_json::{Map, Value as Json};

use super::ask::{Failure, filled};
use super::resource::{Worker, id_of};
use super::table::Attachment;
use super::value::{Cty, Object};

impl Worker<'_> {
    /// Sets the field.
    pub(super) async fn attach(
        &self,
        attachment: &Attachment,
        planned: &Object,
    ) -> Result<Object, Failure> {
        let text = |name: &str| planned.get(name).and_then(Cty::as_text).unwrap_or_default();
        let (to, what) = (text(&attachment.to), text(&attachment.what));
        let body = Map::from_iter([(attachment.field.clone(), Json::from(what))]);
        let item = self.row.item(to);
        self.asker.change("PUT", &item, Some(body)).await?;
        let mut made = planned.clone();
        made.insert("id".to_owned(), Cty::Text(format!("{to}/{what}")));
        Ok(made)
    }

    /// It stands as long as the field has the value.
    pub(super) async fn attached(
        &self,
        attachment: &Attachment,
        before: &Object,
    ) -> Result<Option<Object>, Failure> {
        let Some((to, what)) = id_of(before).split_once('/') else {
            return Ok(None);
        };
        let answer = match self.asker.get(&self.row.item(to)).await {
            Ok(answer) => answer,
            Err(failure) if failure.is_not_found() => return Ok(None),
            Err(failure) => return Err(failure),
        };
        let has = answer.get(&attachment.field).and_then(Json::as_str) == Some(what);
        Ok(has.then(|| {
            let mut state = before.clone();
            state.insert(attachment.to.clone(), Cty::text(to));
            state.insert(attachment.what.clone(), Cty::text(what));
            state
        }))
    }

    /// Gives the field what it has without.
    pub(super) async fn detach(
        &self,
        attachment: &Attachment,
        prior: &Object,
    ) -> Result<(), Failure> {
        let Some((to, what)) = id_of(prior).split_once('/') else {
            return Ok(());
        };
        let item = self.row.item(to);
        let thing = match self.asker.get(&item).await {
            Ok(thing) => thing,
            Err(failure) if failure.is_not_found() => return Ok(()),
            Err(failure) => return Err(failure),
        };
        if thing.get(&attachment.field).and_then(Json::as_str) != Some(what) {
            return Ok(());
        }
        let otherwise = &attachment.otherwise;
        let source = self.asker.get(&filled(&otherwise.path, &thing)?).await?;
        let value = source.get(&otherwise.field).cloned().unwrap_or_default();
        let body = Map::from_iter([(attachment.field.clone(), value)]);
        self.asker
            .change("PUT", &item, Some(body))
            .await
            .map(|_| ())
    }
}
