//! What leads into a pod: a shell in a container, and its ports. Where there are several, which one is
//! asked.

use crate::domain::action::Action;
use crate::domain::pod::{Container, Pod};
use crate::domain::reading::LogWish;
use crate::effect::{Effect, Offer};

/// Keys of the choices, in order; there is no pod with more containers or ports that one would list.
const KEYS: &str = "123456789abcdefghijklmnoprstuvwxyz";

/// A shell in it.
pub(super) fn shell(pod: &Pod) -> Offer {
    let sidecars = pod
        .init_containers
        .iter()
        .filter(|container| runs(container));
    let all: Vec<&Container> = pod.containers.iter().chain(sidecars).collect();
    match all.as_slice() {
        [] => shell_in(pod, &Container::default(), 's').barred_if(true, "it has no container"),
        [only] => shell_in(pod, only, 's'),
        several => {
            let each = several.iter().zip(KEYS.chars());
            let each = each.map(|(container, key)| shell_in(pod, container, key));
            asked(
                ('s', "shell in a container"),
                "asks in which of its containers, and gives the terminal to a shell there",
                (format!("A shell in {}", pod.id), each.collect()),
            )
            .barred_if(
                !several.iter().any(|container| runs(container)),
                "none of its containers runs",
            )
        }
    }
}

/// A port of this machine that leads to one of its ports.
pub(super) fn forward(pod: &Pod) -> Offer {
    let all = pod.containers.iter().chain(&pod.init_containers);
    let ports: Vec<Offer> = all
        .flat_map(|container| ports_of(pod, container))
        .zip(KEYS.chars())
        .map(|(offer, key)| Offer { key, ..offer })
        .collect();
    let barred = if ports.is_empty() {
        Some("its containers name no TCP port")
    } else if pod.node.is_empty() {
        Some("it has no node yet")
    } else if pod.is_completed() || pod.status == "Failed" {
        Some("it has ended")
    } else {
        None
    };
    let mut offer = match <[Offer; 1]>::try_from(ports) {
        Ok([only]) => Offer { key: 'f', ..only },
        Err(several) => asked(
            ('f', "forward a port"),
            "asks which, and lets a port of this machine lead there until that is stopped",
            (format!("Forward a port of {}", pod.id), several),
        ),
    };
    offer.needs = needs(pod);
    match barred {
        Some(why) => offer.barred_if(true, why),
        None => offer,
    }
}

/// The menu of one of its containers.
pub(in crate::ui::panes) fn of_container(pod: &Pod, container: &Container) -> Vec<Offer> {
    let wish = LogWish {
        containers: vec![container.name.clone()],
        ..LogWish::of(pod)
    };
    let about = "follows what it writes";
    let log = Offer::plain(('l', "log"), about, Effect::OpenLog(wish));
    let mut offers = vec![log, shell_in(pod, container, 's')];
    let ports = ports_of(pod, container).zip("123456789".chars());
    offers.extend(ports.map(|(offer, key)| Offer { key, ..offer }));
    offers
}

fn shell_in(pod: &Pod, container: &Container, key: char) -> Offer {
    let label = format!("shell in {}", container.name);
    let action = Action::Exec {
        pod: pod.id.clone(),
        container: container.name.clone(),
    };
    let why = match container.state.as_str() {
        "" => "it does not run yet".to_owned(),
        state => format!("it does not run: {state}"),
    };
    let about = "gives the terminal to a shell there, bash where it has that; `exit` leads back";
    Offer::act((key, &label), about, action, &[]).barred_if(!runs(container), &why)
}

fn ports_of(pod: &Pod, container: &Container) -> impl Iterator<Item = Offer> {
    container.ports.iter().map(|port| {
        let action = Action::Forward {
            pod: pod.id.clone(),
            port: port.number,
            made: pod.created,
        };
        let label = match port.name.as_str() {
            "" => format!("forward port {} ({})", port.number, container.name),
            name => format!("forward port {}, {name} ({})", port.number, container.name),
        };
        let about =
            "lets a port of this machine, and of no other, lead there until that is stopped";
        Offer::act(('f', &label), about, action, &[])
    })
}

fn needs(pod: &Pod) -> Vec<crate::domain::action::Right> {
    let action = Action::Forward {
        pod: pod.id.clone(),
        port: 0,
        made: None,
    };
    action.needs()
}

/// A choice of offers; who may do one of them may do each.
fn asked((key, label): (char, &str), about: &str, (title, offers): (String, Vec<Offer>)) -> Offer {
    Offer {
        needs: offers
            .first()
            .map(|offer| offer.needs.clone())
            .unwrap_or_default(),
        writes: true,
        ..Offer::plain((key, label), about, Effect::Choose { title, offers })
    }
}

fn runs(container: &Container) -> bool {
    container.state == "Running"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::object::ObjectRef;
    use crate::domain::pod::Port;

    fn container(name: &str, ports: &[u16]) -> Container {
        let port = |number: &u16| Port {
            name: "".into(),
            number: *number,
        };
        Container {
            name: name.into(),
            state: "Running".into(),
            ports: ports.iter().map(port).collect(),
            ..Container::default()
        }
    }

    fn pod(containers: Vec<Container>) -> Pod {
        Pod {
            id: ObjectRef::new("docs", "docs-1"),
            node: "k3s-worker".into(),
            status: "Running".into(),
            containers,
            ..Pod::default()
        }
    }

    #[test]
    fn one_is_done_at_once_and_several_are_asked() {
        let one = pod(vec![container("main", &[8080])]);
        assert!(matches!(
            forward(&one).then.as_slice(),
            [Effect::Act(Action::Forward { port: 8080, .. })]
        ));
        assert_eq!(shell(&one).label, "shell in main");
        let two = pod(vec![container("main", &[8080]), container("side", &[9090])]);
        for offer in [shell(&two), forward(&two)] {
            assert!(offer.writes && offer.needs.len() == 1);
            let [Effect::Choose { offers, .. }] = offer.then.as_slice() else {
                panic!("{offer:?}");
            };
            let keys: String = offers.iter().map(|it| it.key).collect();
            assert_eq!(keys, "12");
        }
    }

    #[test]
    fn what_cannot_be_done_says_why() {
        let mut waits = container("main", &[]);
        waits.state = "CrashLoopBackOff".into();
        let pod = pod(vec![waits]);
        let why = |offer: Offer| offer.not_now.unwrap_or_default();
        assert_eq!(why(shell(&pod)), "it does not run: CrashLoopBackOff");
        assert_eq!(why(forward(&pod)), "its containers name no TCP port");
    }
}
