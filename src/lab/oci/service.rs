//! The running service: starts the listener and the task that moves lifecycles on, and is the door
//! by which tests and other parts of the lab look into the cloud.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{broadcast, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::call::Call;
use super::console;
use super::existing;
use super::fault::{Fault, Faults, Matcher, Obstacle};
use super::hold::{self, Hold, Point};
use super::inventory::{self, Item};
use super::log::{Log, Record};
use super::meddling::Meddler;
use super::phantom::Phantoms;
use super::place::Place;
use super::routes;
use super::server::{self, Shared, lock};
use super::signature::KnownKeys;
use super::wire::{Peer, Wire};
use super::world::{Change, World};
use crate::clock::Clock;
use crate::lab::frame::LabError;
use crate::lab::scenario::{Capacity, Meddling, Tenancy};

/// How long clients may go on with a request after the lab has been told to end.
const FAREWELL: Duration = Duration::from_secs(1);

/// The public half of an API key as the user uploaded it.
#[derive(Clone, Debug)]
pub(in crate::lab) struct ApiKey {
    pub(in crate::lab) fingerprint: String,
    /// SPKI in PEM, as `ListApiKeys` shows it.
    pub(in crate::lab) pem: String,
    /// `RSAPublicKey` in DER.
    pub(in crate::lab) der: Vec<u8>,
}

/// OCI in the lab.
#[derive(Clone, Debug)]
pub struct Oci {
    pub(super) shared: Arc<Shared>,
    place: Place,
    address: SocketAddr,
}

impl Oci {
    /// Starts the API for a tenancy whose user has `key`, on a port that the kernel chooses.
    pub(in crate::lab) async fn start(
        tenancy: &Tenancy,
        key: ApiKey,
        clock: Clock,
        tasks: &TaskTracker,
        stop: &CancellationToken,
    ) -> Result<Self, LabError> {
        let mut place = Place::new(tenancy);
        let mut keys = KnownKeys::default();
        let id = format!("{}/{}/{}", place.tenancy, place.user, key.fingerprint);
        keys.add(id, key.der);
        place.api_keys.push((key.fingerprint, key.pem));
        let mut world = World::new(place.clone(), clock);
        world.limits.clone_from(&tenancy.limits);
        world.capacity.clone_from(&tenancy.capacity);
        world.page = tenancy.page.max(1);
        world.loads.clone_from(&tenancy.loads);
        existing::play(&mut world, &tenancy.existing)?;
        world.rush.most = tenancy.launches_per_minute;
        world.phantoms = Phantoms::planned(tenancy.phantom.as_ref());
        let meddling = tenancy.meddling.iter().cloned();
        world.meddlers = meddling.map(Meddler::new).collect();
        let due = world.due();
        let shared = Arc::new(Shared {
            world: Mutex::new(world),
            faults: Mutex::new(Faults::planned(&tenancy.faults, tenancy.flaky)),
            log: Mutex::new(Log::default()),
            keys,
            clock,
        });
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .map_err(LabError::Listen)?;
        let address = listener.local_addr().map_err(LabError::Listen)?;
        let app = server::router(Arc::clone(&shared)).into_make_service_with_connect_info::<Peer>();
        let ended = stop.clone();
        tasks.spawn(async move {
            let served = axum::serve(Wire(listener), app)
                .with_graceful_shutdown(ended.clone().cancelled_owned());
            tokio::select! {
                result = served => if let Err(error) = result {
                    tracing::error!(%error, "the lab's OCI listener ended");
                },
                () = late(&ended) => {}
            }
        });
        tasks.spawn(move_on(Arc::clone(&shared), due, stop.clone()));
        Ok(Self {
            shared,
            place,
            address,
        })
    }

    /// Where the API listens, as clients write it.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The tenancy's names and ids.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// How long it takes, in the lab's own time, until a resource of this collection is ready.
    pub fn time_to_make(&self, collection: &str) -> Duration {
        let making = World::kind(collection).and_then(|kind| kind.making);
        making.map_or(Duration::ZERO, |(_, seconds)| {
            Duration::from_secs_f64(seconds)
        })
    }

    /// Lets `fault` befall the next request that `matcher` finds.
    pub fn fail_next(&self, matcher: Matcher, fault: Fault) {
        lock(&self.shared.faults).add(matcher, Obstacle::Fault(fault));
    }

    /// Holds the next request that `matcher` finds at `point`, until the hold lets it go or is
    /// dropped, which cuts its connection.
    pub fn hold_next(&self, matcher: Matcher, point: Point) -> Hold {
        let (hold, gate) = hold::pair(point);
        lock(&self.shared.faults).add(matcher, Obstacle::Gate(gate));
        hold
    }

    /// Forgets the faults and holds that no request has met yet.
    pub fn forgive(&self) {
        lock(&self.shared.faults).forget();
    }

    /// The requests so far, in the order in which they came.
    pub fn requests(&self) -> Vec<Record> {
        lock(&self.shared.log).records()
    }

    /// Every resource that stands now, in the order of their making.
    pub fn everything(&self) -> Vec<Item> {
        let mut world = lock(&self.shared.world);
        world.settle(self.shared.clock.now());
        inventory::of(&world)
    }

    /// Lets somebody change a resource once it is ready, which may be at once.
    pub fn meddle(&self, plan: Meddling) {
        let mut world = lock(&self.shared.world);
        world.meddlers.push(Meddler::new(plan));
        world.settle(self.shared.clock.now());
    }

    /// Somebody's request, through the same handlers as everybody's; what the API answers when it
    /// refuses.
    pub(in crate::lab) fn somebody(
        &self,
        method: &str,
        target: &str,
        body: Option<&Value>,
    ) -> Result<(), String> {
        let call = Call::of_the_lab(method, target, body).ok_or("it is no request")?;
        let mut world = lock(&self.shared.world);
        world.settle(self.shared.clock.now());
        match routes::answer(&mut world, &call) {
            Ok(_) => Ok(()),
            Err(refusal) => Err(format!("{}: {}", refusal.code, refusal.message)),
        }
    }

    /// Replaces what hosts have left.
    pub fn set_capacity(&self, capacity: Vec<Capacity>) {
        lock(&self.shared.world).capacity = capacity;
    }

    /// The resources of a collection (`instances`, `vnics`, …) as they are now, oldest first.
    pub fn resources(&self, collection: &str) -> Vec<Value> {
        let mut world = lock(&self.shared.world);
        world.settle(self.shared.clock.now());
        world
            .all(collection)
            .filter(|resource| !resource.is_over())
            .map(super::world::Resource::json)
            .collect()
    }

    /// Follows every change from now on.
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        lock(&self.shared.world).changes()
    }

    /// Prints on an instance's serial console.
    pub fn print_console(&self, instance: &str, text: &str) {
        self.print_console_bytes(instance, text.as_bytes());
    }

    /// Prints bytes there that need not be text.
    pub(in crate::lab) fn print_console_bytes(&self, instance: &str, bytes: &[u8]) {
        let mut world = lock(&self.shared.world);
        console::print(&mut world, instance, bytes);
        world.printed.send_modify(|count| *count += 1);
    }

    /// What an instance has printed on its serial console, as far as it is kept.
    pub fn console(&self, instance: &str) -> String {
        let world = lock(&self.shared.world);
        let printed = world.consoles.get(instance);
        printed.map_or_else(String::new, |bytes| {
            String::from_utf8_lossy(bytes).into_owned()
        })
    }

    /// Changes whenever an instance prints something.
    pub fn printed(&self) -> watch::Receiver<u64> {
        lock(&self.shared.world).printed.subscribe()
    }
}

/// Comes when the lab has been told to end and clients have had time for what they were doing.
async fn late(ended: &CancellationToken) {
    ended.cancelled().await;
    Clock::default().sleep(FAREWELL).await;
}

/// Moves lifecycles on when their time has come, so that followers hear of it without a request.
async fn move_on(
    shared: Arc<Shared>,
    mut due: watch::Receiver<Option<Timestamp>>,
    stop: CancellationToken,
) {
    // Deadlines in the world are real moments already, so this wait is not divided again.
    let real = Clock::default();
    loop {
        let next = *due.borrow_and_update();
        let come = async {
            match next {
                Some(at) => {
                    let wait = at.duration_since(real.now());
                    real.sleep(wait.try_into().unwrap_or_default()).await;
                }
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            changed = due.changed() => if changed.is_err() { return },
            () = come => lock(&shared.world).settle(real.now()),
        }
    }
}
