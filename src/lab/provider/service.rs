//! What the provider answers to each call of the protocol. Everything that lasts is the lab's: a
//! connection is a new provider for terraform, and none for us.

use std::sync::Arc;

use super::ask::Asker;
use super::data_source::Lookup;
use super::messages::{self as wire, Diagnostic};
use super::plan::{self, Step, Way};
use super::refusal::{Doing, error};
use super::resource::{Broken, Worker};
use super::schema::{Block, Schemas};
use super::table::{Row, Table};
use super::value::{Cty, Malformed, Object};

/// The provider.
#[derive(Debug)]
pub(super) struct Provider {
    pub(super) schemas: Schemas,
    pub(super) table: Table,
    pub(super) asker: Asker,
}

/// A resource type of a call.
struct Type<'a> {
    name: &'a str,
    row: &'a Row,
    block: &'a Block,
    worker: Worker<'a>,
}

impl From<Malformed> for Diagnostic {
    fn from(malformed: Malformed) -> Self {
        error(malformed.to_string())
    }
}

impl Type<'_> {
    fn failed(&self, operation: String, failure: &super::ask::Failure) -> Diagnostic {
        let doing = Doing {
            type_name: self.name,
            is_data: false,
            api: &self.row.api,
            operation,
        };
        doing.failed(failure)
    }
}

impl Provider {
    fn resource<'a>(&'a self, name: &'a str) -> Result<Type<'a>, Diagnostic> {
        let schema = self.schemas.resources.get(name);
        let (Some(schema), Some(row)) = (schema, self.table.resources.get(name)) else {
            return Err(error(format!("the lab's provider has no resource {name}")));
        };
        let worker = Worker {
            row,
            block: &schema.block,
            names: self.table.names_of(row),
            asker: &self.asker,
        };
        Ok(Type {
            name,
            row,
            block: &schema.block,
            worker,
        })
    }

    pub(super) fn get_schema(&self, _: wire::Empty) -> wire::GetSchemaResponse {
        self.schemas.message()
    }

    pub(super) fn prepare(request: wire::PrepareRequest) -> wire::PrepareResponse {
        wire::PrepareResponse {
            prepared_config: request.config,
        }
    }

    /// Credentials are not looked at: the lab's own requests need none.
    pub(super) fn configure(&self, _: wire::Empty) -> wire::Judgement {
        self.asker.begin();
        wire::Judgement::default()
    }

    pub(super) fn stop(&self, _: wire::Empty) -> wire::StopResponse {
        self.asker.stop();
        wire::StopResponse::default()
    }

    /// Terraform itself has held the configuration against the schema already.
    pub(super) fn validate(&self, request: &wire::ValidateRequest) -> wire::Judgement {
        wire::Judgement {
            diagnostics: self
                .resource(&request.type_name)
                .err()
                .into_iter()
                .collect(),
        }
    }

    pub(super) fn validate_data(&self, request: &wire::ValidateRequest) -> wire::Judgement {
        wire::Judgement {
            diagnostics: self.lookup(&request.type_name).err().into_iter().collect(),
        }
    }

    pub(super) fn upgrade(&self, request: wire::UpgradeRequest) -> wire::UpgradeResponse {
        let upgraded = self.resource(&request.type_name).and_then(|found| {
            let raw = request.raw_state.map(|raw| raw.json).unwrap_or_default();
            let json: serde_json::Value = serde_json::from_slice(&raw).map_err(Malformed::from)?;
            let object = Cty::from(json).fields()?;
            Ok(Cty::Object(found.block.fitted(object)))
        });
        match upgraded {
            Ok(state) => wire::UpgradeResponse {
                upgraded_state: Some(state.message()),
                diagnostics: Vec::new(),
            },
            Err(diagnostic) => wire::UpgradeResponse {
                upgraded_state: None,
                diagnostics: vec![diagnostic],
            },
        }
    }

    pub(super) async fn read(self: Arc<Self>, request: wire::ReadRequest) -> wire::ReadResponse {
        let (new_state, diagnostics) = match self.read_now(&request).await {
            Ok(state) => (Some(state.message()), Vec::new()),
            Err(diagnostic) => (request.current_state, vec![diagnostic]),
        };
        wire::ReadResponse {
            new_state,
            diagnostics,
            private: request.private,
        }
    }

    async fn read_now(&self, request: &wire::ReadRequest) -> Result<Cty, Diagnostic> {
        let found = self.resource(&request.type_name)?;
        let before = Cty::read(request.current_state.as_ref())?.fields()?;
        let read = match &found.row.attachment {
            Some(attachment) => found.worker.attached(attachment, &before).await,
            None => found.worker.read(&before).await,
        };
        read.map(|state| state.map_or(Cty::Null, Cty::Object))
            .map_err(|failure| found.failed(format!("Get{}", found.row.api), &failure))
    }

    pub(super) fn plan(&self, request: wire::PlanRequest) -> wire::PlanResponse {
        let planned = self.plan_now(&request);
        let (planned_state, requires_replace, diagnostics) = match planned {
            Ok((state, ways)) => {
                let ways = ways.into_iter().map(path).collect();
                (Some(state.message()), ways, Vec::new())
            }
            Err(diagnostic) => (None, Vec::new(), vec![diagnostic]),
        };
        wire::PlanResponse {
            planned_state,
            requires_replace,
            planned_private: request.prior_private,
            diagnostics,
        }
    }

    fn plan_now(&self, request: &wire::PlanRequest) -> Result<(Cty, Vec<Way>), Diagnostic> {
        let found = self.resource(&request.type_name)?;
        let prior = Cty::read(request.prior_state.as_ref())?;
        let proposed = Cty::read(request.proposed_new_state.as_ref())?;
        let Cty::Object(proposed) = proposed else {
            return Ok((Cty::Null, Vec::new()));
        };
        let Cty::Object(prior) = prior else {
            let planned = plan::create(found.block, &proposed);
            return Ok((Cty::Object(planned), Vec::new()));
        };
        let config = Cty::read(request.config.as_ref())?.fields()?;
        let plan = plan::update((found.row, found.block), &prior, &proposed, &config);
        Ok((Cty::Object(plan.planned), plan.replace))
    }

    pub(super) async fn apply(self: Arc<Self>, request: wire::ApplyRequest) -> wire::ApplyResponse {
        let (new_state, diagnostics) = match self.apply_now(&request).await {
            Ok(state) => (Some(state.message()), Vec::new()),
            Err((stands, diagnostic)) => {
                let state = stands.map(|stands| Cty::Object(stands).message());
                (state.or(request.prior_state), vec![diagnostic])
            }
        };
        wire::ApplyResponse {
            new_state,
            private: request.planned_private,
            diagnostics,
        }
    }

    async fn apply_now(
        &self,
        request: &wire::ApplyRequest,
    ) -> Result<Cty, (Option<Object>, Diagnostic)> {
        let bad = |malformed: Malformed| (None, Diagnostic::from(malformed));
        let found = self
            .resource(&request.type_name)
            .map_err(|diagnostic| (None, diagnostic))?;
        let prior = Cty::read(request.prior_state.as_ref()).map_err(bad)?;
        let planned = Cty::read(request.planned_state.as_ref()).map_err(bad)?;
        match (prior, planned) {
            (Cty::Object(prior), Cty::Object(planned)) => {
                let config = Cty::read(request.config.as_ref()).and_then(Cty::fields);
                found
                    .update(&prior, &planned, &config.map_err(bad)?)
                    .await
                    .map_err(|diagnostic| (None, diagnostic))
            }
            (Cty::Object(prior), _) => found
                .delete(&prior)
                .await
                .map_err(|diagnostic| (None, diagnostic)),
            (_, Cty::Object(planned)) => {
                let config = Cty::read(request.config.as_ref()).and_then(Cty::fields);
                found.create(&planned, &config.map_err(bad)?).await
            }
            _ => Ok(Cty::Null),
        }
    }

    /// Only the id is known of what is imported; terraform reads it at once.
    pub(super) fn import(&self, request: &wire::ImportRequest) -> wire::ImportResponse {
        let found = match self.resource(&request.type_name) {
            Ok(found) => found,
            Err(diagnostic) => {
                return wire::ImportResponse {
                    imported_resources: Vec::new(),
                    diagnostics: vec![diagnostic],
                };
            }
        };
        let mut state = found.block.blank();
        state.insert("id".to_owned(), Cty::text(&request.id));
        wire::ImportResponse {
            imported_resources: vec![wire::ImportedResource {
                type_name: request.type_name.clone(),
                state: Some(Cty::Object(state).message()),
                private: Vec::new(),
            }],
            diagnostics: Vec::new(),
        }
    }

    fn lookup<'a>(&'a self, name: &'a str) -> Result<Lookup<'a>, Diagnostic> {
        let schema = self.schemas.data_sources.get(name);
        let (Some(schema), Some(source)) = (schema, self.table.data_sources.get(name)) else {
            return Err(error(format!(
                "the lab's provider has no data source {name}"
            )));
        };
        Ok(Lookup {
            type_name: name,
            source,
            block: &schema.block,
            names: self.table.names_from(source),
            asker: &self.asker,
        })
    }

    pub(super) async fn read_data(
        self: Arc<Self>,
        request: wire::ReadDataRequest,
    ) -> wire::ReadDataResponse {
        let read = async {
            let lookup = self.lookup(&request.type_name)?;
            let config = Cty::read(request.config.as_ref())?.fields()?;
            lookup.read(&config).await.map_err(|failure| {
                let doing = Doing {
                    type_name: &request.type_name,
                    is_data: true,
                    api: "",
                    operation: "Read".to_owned(),
                };
                doing.failed(&failure)
            })
        };
        let (state, diagnostics) = match read.await {
            Ok(state) => (Some(Cty::Object(state).message()), Vec::new()),
            Err(diagnostic) => (None, vec![diagnostic]),
        };
        wire::ReadDataResponse { state, diagnostics }
    }
}

impl Type<'_> {
    async fn create(
        &self,
        planned: &Object,
        config: &Object,
    ) -> Result<Cty, (Option<Object>, Diagnostic)> {
        let made = match &self.row.attachment {
            Some(attachment) => self
                .worker
                .attach(attachment, planned)
                .await
                .map_err(Broken::from),
            None => self.worker.create(planned, config).await,
        };
        made.map(Cty::Object).map_err(|broken| {
            let diagnostic = self.failed(self.row.create_operation(), &broken.failure);
            (broken.stands, diagnostic)
        })
    }

    async fn update(
        &self,
        prior: &Object,
        planned: &Object,
        config: &Object,
    ) -> Result<Cty, Diagnostic> {
        if self.row.attachment.is_some() {
            return Ok(Cty::Object(planned.clone()));
        }
        let updated = self.worker.update(prior, planned, config).await;
        updated
            .map(Cty::Object)
            .map_err(|failure| self.failed(format!("Update{}", self.row.api), &failure))
    }

    async fn delete(&self, prior: &Object) -> Result<Cty, Diagnostic> {
        let gone = match &self.row.attachment {
            Some(attachment) => self.worker.detach(attachment, prior).await,
            None => self.worker.delete(prior).await,
        };
        gone.map(|()| Cty::Null)
            .map_err(|failure| self.failed(self.row.delete_operation(), &failure))
    }
}

fn path(way: Way) -> wire::AttributePath {
    let steps = way.into_iter().map(|step| wire::PathStep {
        selector: Some(match step {
            Step::Name(name) => wire::Selector::Attribute(name),
            Step::Index(index) => wire::Selector::Index(index),
        }),
    });
    wire::AttributePath {
        steps: steps.collect(),
    }
}
