//! What a login on a node sees and can do, through OpenSSH's client: rules that decide what passes,
//! routes, units, journals, logs of any size, and a boot in between.

use std::io::Write as _;
use std::process::{Command, Stdio};

use k3scope::clock::Clock;
use k3scope::lab::Lab;
use tokio::io::AsyncReadExt as _;

use super::is_installed;
use super::real_ssh::{Desk, LIMIT, Said, until, with_machines};

const LOG: &str = "/var/log/k3scope-bootstrap.log";

/// Runs a command on a node.
async fn on(desk: &Desk, node: &str, command: &str) -> Said {
    match node {
        "ingress" => desk.ssh(&["ingress", command]).await,
        node => desk.ssh(&["-J", "ingress", node, command]).await,
    }
}

/// Runs a command that must end well, and gives its output.
async fn ask(desk: &Desk, node: &str, command: &str) -> String {
    let said = on(desk, node, command).await;
    assert_eq!(said.status, 0, "{node}: {command}: {said:?}");
    said.out
}

/// Follows the bootstrap of every node to its end.
async fn all_run(desk: &Desk) {
    for node in ["ingress", "server", "worker"] {
        let follow = format!("sudo -n tail -n +1 -F {LOG}");
        let way = if node == "ingress" {
            vec![node, &follow]
        } else {
            vec!["-J", "ingress", node, &follow]
        };
        let (mut tail, mut lines) = desk.follow(&way);
        until(&mut lines, |line| {
            line.contains(r#""stage":"k3s","state":"ok""#)
        })
        .await;
        tail.kill().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_sees_rules_routes_and_units_and_what_it_changes_has_its_effect() {
    if !is_installed("ssh") {
        return;
    }
    let (lab, desk) = with_machines().await;
    all_run(&desk).await;
    telling(&desk).await;
    units(&desk).await;
    rules_decide(&desk).await;
    real_rules(&ask(&desk, "ingress", "sudo -n iptables-save").await);
    files(&desk).await;
    logs(&lab, &desk).await;
    runs_again(&desk).await;
    boots_again(&lab, &desk).await;
    lab.stop().await.unwrap();
}

/// Node, command, exit status, and how its output is (`*` stands for anything).
const TELLING: [(&str, &str, i32, &str); 22] = [
    ("ingress", "sysctl -n net.ipv4.ip_forward", 0, "1\n"),
    ("ingress", "cat /proc/sys/net/ipv4/ip_forward", 0, "1\n"),
    (
        "worker",
        "sysctl net.ipv4.ip_forward",
        0,
        "net.ipv4.ip_forward = 1\n",
    ),
    (
        "server",
        "ip -o route get 1.1.1.1",
        0,
        "1.1.1.1 via 10.0.2.1 dev enp0s6 src 10.0.2.10 uid 1000 \\    cache \n",
    ),
    (
        "server",
        "sudo -n ip -o route get 10.0.2.10",
        0,
        "local 10.0.2.10 dev lo src 10.0.2.10 uid 0 \\    cache <local> \n",
    ),
    (
        "server",
        "ip route",
        0,
        "default via 10.0.2.1 dev enp0s6 proto dhcp src 10.0.2.10 metric 100 \n\
         10.0.2.0/24 dev enp0s6 proto kernel scope link src 10.0.2.10 metric 100 \n*\
         10.42.0.0/24 dev cni0 proto kernel scope link src 10.42.0.1 \n\
         10.42.1.0/24 via 10.42.1.0 dev flannel.1 onlink \n*",
    ),
    (
        "server",
        "ip -br addr",
        0,
        "lo               UNKNOWN        127.0.0.1/8 ::1/128 \n\
         enp0s6           UP             10.0.2.10/24 metric 100 \n\
         flannel.1        UNKNOWN        10.42.0.0/32 \n\
         cni0             UP             10.42.0.1/24 \n",
    ),
    (
        "worker",
        "ping -c 1 -W 2 10.0.2.10",
        0,
        "PING 10.0.2.10 (10.0.2.10) 56(84) bytes of data.\n\
         64 bytes from 10.0.2.10: icmp_seq=1 ttl=64 time=* ms\n\n\
         --- 10.0.2.10 ping statistics ---\n\
         1 packets transmitted, 1 received, 0% packet loss, time 0ms\nrtt *",
    ),
    (
        "worker",
        "ping -c 1 -W 2 10.42.0.0",
        0,
        "*1 received, 0% packet loss*",
    ),
    (
        "worker",
        "ping -c 1 -W 2 10.0.9.9",
        1,
        "*Destination Host Unreachable\n*+1 errors, 100% packet loss*",
    ),
    (
        "worker",
        "curl -sS -o /dev/null -w '%{http_code}' --max-time 5 https://1.1.1.1/",
        0,
        "200",
    ),
    (
        "worker",
        "curl -skS --max-time 5 https://10.0.2.10:6443/ping",
        0,
        "pong",
    ),
    (
        "worker",
        "curl -sS --max-time 5 https://10.0.2.10:6443/ping",
        60,
        "",
    ),
    (
        "worker",
        "curl -sS --max-time 5 http://10.0.2.10:81/",
        7,
        "",
    ),
    ("worker", "df --output=pcent /", 0, "Use%\n*%\n"),
    (
        "worker",
        "df -P /",
        0,
        "Filesystem     1024-blocks *Capacity Mounted on\n/dev/sda1 *% /\n",
    ),
    ("worker", "free -m", 0, "*available\nMem:  *\nSwap: *\n"),
    ("worker", "uptime -s", 0, "20*-*:*\n"),
    ("worker", "iptables -S", 4, ""),
    (
        "worker",
        "sudo -n iptables -S INPUT",
        0,
        "-P INPUT ACCEPT\n-A INPUT -m comment --comment \"kube-router netpol*KUBE-ROUTER-INPUT\n*\
         -A INPUT -p tcp -m state --state NEW -m tcp --dport 22 -j ACCEPT\n\
         -A INPUT -s 10.0.0.0/16 -j ACCEPT\n*\
         -A INPUT -j REJECT --reject-with icmp-host-prohibited\n",
    ),
    (
        "ingress",
        "sudo -n iptables -t nat -S POSTROUTING | tail -n 2",
        0,
        "-A POSTROUTING -s 10.0.2.0/24 ! -d 10.0.0.0/16 -o enp0s6 -j MASQUERADE\n\
         -A POSTROUTING -m comment --comment \"flanneld masq\" -j FLANNEL-POSTRTG\n",
    ),
    (
        "worker",
        "sudo -n iptables -t raw -S PREROUTING",
        0,
        "-P PREROUTING ACCEPT\n\
         -A PREROUTING -s 10.42.0.0/16 -d 169.254.169.254/32 -p tcp -m tcp ! --dport 53 -j DROP\n\
         -A PREROUTING -s 10.42.0.0/16 -d 169.254.169.254/32 -p udp -m udp ! --dport 53 -j DROP\n",
    ),
];

async fn telling(desk: &Desk) {
    for (node, command, status, shape) in TELLING {
        let said = on(desk, node, command).await;
        assert_eq!(said.status, status, "{node}: {command}: {said:?}");
        assert!(is_like(&said.out, shape), "{node}: {command}: {said:?}");
    }
    let now: i64 = ask(desk, "worker", "date +%s")
        .await
        .trim()
        .parse()
        .unwrap();
    let own = Clock::default().now().as_second();
    assert!((now - own).abs() < 600, "{now} is not near {own}");
}

/// Whether a text has the parts of a shape in their order.
fn is_like(text: &str, shape: &str) -> bool {
    let parts: Vec<&str> = shape.split('*').collect();
    let Some((first, rest)) = parts.split_first() else {
        return text.is_empty();
    };
    let Some(mut text) = text.strip_prefix(first) else {
        return false;
    };
    for part in rest {
        let Some((_, after)) = text.split_once(part) else {
            return false;
        };
        text = after;
    }
    shape.ends_with('*') || text.is_empty()
}

async fn units(desk: &Desk) {
    for (command, status, shape) in [
        ("systemctl is-active k3s k3s-agent", 0, "inactive\nactive\n"),
        ("systemctl is-active --quiet ssh k3s", 0, ""),
        ("systemctl is-enabled k3s-agent", 0, "enabled\n"),
        ("systemctl is-enabled k3s", 4, "not-found\n"),
        (
            "systemctl status k3s-agent",
            0,
            "● k3s-agent.service - K3s agent\n*enabled*Active: active (running)\n*k3s agent is up and running\"\n",
        ),
        ("systemctl restart k3s-agent", 1, ""),
        ("sudo -n systemctl restart k3s", 5, ""),
        (
            "sudo -n journalctl --no-pager -o cat -n 2 -u k3s -u k3s-agent",
            0,
            "time=\"*Connecting to proxy*\ntime=\"*k3s agent is up and running\"\n",
        ),
        ("journalctl -u k3s --no-pager", 0, "-- No entries --\n"),
    ] {
        let said = on(desk, "worker", command).await;
        assert_eq!(said.status, status, "{command}: {said:?}");
        assert!(is_like(&said.out, shape), "{command}: {said:?}");
    }
}

/// A change on one node, what another then meets, and the change that mends it.
const EFFECTS: [(&str, &str, &str, i32, &str); 7] = [
    (
        "iptables -I FORWARD 1 -s 10.0.2.0/24 -j REJECT",
        "iptables -D FORWARD -s 10.0.2.0/24 -j REJECT",
        "curl -sS -o /dev/null --connect-timeout 5 https://1.1.1.1/",
        7,
        "Couldn't connect to server",
    ),
    (
        "iptables -I FORWARD 1 -d 10.0.2.0/24 -j DROP",
        "iptables -D FORWARD 1",
        "curl -sS -o /dev/null --connect-timeout 5 https://1.1.1.1/",
        28,
        "port 443 after 5002 ms: Timeout was reached",
    ),
    (
        "iptables -t nat -D POSTROUTING -s 10.0.2.0/24 ! -d 10.0.0.0/16 -o enp0s6 -j MASQUERADE",
        "iptables -t nat -A POSTROUTING -s 10.0.2.0/24 ! -d 10.0.0.0/16 -o enp0s6 -j MASQUERADE",
        "curl -sS -o /dev/null --max-time 5 https://1.1.1.1/",
        28,
        "Connection timed out after 5002 milliseconds",
    ),
    (
        "sysctl -w net.ipv4.ip_forward=0",
        "sysctl -w net.ipv4.ip_forward=1",
        "ping -c 1 -W 2 1.1.1.1",
        1,
        "",
    ),
    (
        "iptables -I INPUT -p udp --dport 8472 -j DROP",
        "iptables -D INPUT -p udp -m udp --dport 8472 -j DROP",
        "ping -c 1 -W 2 10.42.1.0; ping -c 1 -W 2 10.42.2.0",
        1,
        "",
    ),
    (
        "iptables -I INPUT -s 10.0.2.0/24 -p icmp -j REJECT --reject-with icmp-host-prohibited",
        "netfilter-persistent reload",
        "ping -c 1 -W 2 10.0.1.10",
        1,
        "",
    ),
    (
        "iptables -P FORWARD DROP && sudo iptables -F FORWARD",
        "netfilter-persistent reload",
        "ping -c 1 -W 2 1.1.1.1",
        1,
        "",
    ),
];

async fn rules_decide(desk: &Desk) {
    // Which range is whose follows from who joined first: the ingress node's is found by its route.
    let addresses = ask(desk, "ingress", "ip -br addr").await;
    let tunnel = addresses.lines().find(|line| line.starts_with("flannel.1"));
    let tunnel = tunnel.unwrap().split_whitespace().nth(2).unwrap();
    let tunnel = tunnel.trim_end_matches("/32");
    for (change, mend, command, status, says) in EFFECTS {
        let command = if command.contains("10.42.1.0") {
            format!("ping -c 1 -W 2 {tunnel}")
        } else {
            command.to_owned()
        };
        assert_eq!(
            on(desk, "worker", &command).await.status,
            0,
            "before: {change}"
        );
        ask(desk, "ingress", &format!("sudo -n {change}")).await;
        let said = on(desk, "worker", &command).await;
        assert_eq!(said.status, status, "{change}: {command}: {said:?}");
        assert!(said.err.contains(says), "{change}: {command}: {said:?}");
        ask(desk, "ingress", &format!("sudo -n {mend}")).await;
        assert_eq!(
            on(desk, "worker", &command).await.status,
            0,
            "after: {mend}"
        );
    }
    // A port that is refused is refused to tunnels as well.
    let block = "sudo -n iptables -I INPUT -p tcp --dport 22 -j REJECT";
    ask(desk, "worker", block).await;
    let said = desk.on_worker("true").await;
    assert!(
        said.status == 255 && said.err.contains("No route to host"),
        "{said:?}"
    );
}

/// The real programs read what the lab prints, and print the same.
fn real_rules(saved: &str) {
    let tables = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let mut tables: Vec<String> = Vec::new();
        for line in lines {
            if line.starts_with('*') {
                tables.push(String::new());
            }
            if let Some(table) = tables.last_mut() {
                // Counters are the kernel's.
                let plain = line.split(" [").next().unwrap_or_default();
                table.push_str(plain);
                table.push('\n');
            }
        }
        tables.sort();
        tables
    };
    let script = "iptables-restore && iptables-save";
    let spawned = Command::new("unshare")
        .args(["-rn", "sh", "-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = spawned else {
        println!("skipped: there is no unshare to compare rules with the kernel's");
        return;
    };
    let fed = child.stdin.take().unwrap().write_all(saved.as_bytes());
    let output = child.wait_with_output().unwrap();
    if fed.is_err() || !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr);
        let barred =
            why.contains("unshare") || why.contains("not found") || why.contains("ermission");
        assert!(barred, "the real iptables-restore says: {why}");
        println!("skipped: no network namespace here: {why}");
        return;
    }
    let real = String::from_utf8_lossy(&output.stdout);
    assert_eq!(tables(saved), tables(&real));
}

async fn files(desk: &Desk) {
    for (command, status, out) in [
        (
            "printf '%s\\n' right | sudo -n tee /etc/k3scope/agent-token",
            0,
            "right\n",
        ),
        ("sudo -n stat -c %a /etc/k3scope/agent-token", 0, "600\n"),
        ("echo no | tee /etc/hostname", 1, "no\n"),
        (
            "sudo -n sh -c 'echo more >> /etc/k3scope/agent-token' && sudo cat /etc/k3scope/agent-token",
            0,
            "right\nmore\n",
        ),
        ("sudo -n rm -f /var/lib/rancher/k3s/agent/*.crt", 0, ""),
        (
            "sudo -n ls /var/lib/rancher/k3s/agent | grep -c crt",
            1,
            "0\n",
        ),
        ("rm /none", 1, ""),
        ("rm -f /none", 0, ""),
        ("nosuch --option", 127, ""),
    ] {
        let said = on(desk, "server", command).await;
        assert_eq!(
            (said.status, said.out.as_str()),
            (status, out),
            "{command}: {said:?}"
        );
    }
    let said = on(desk, "server", "nosuch").await;
    assert_eq!(said.err, "bash: line 1: nosuch: command not found\n");
}

async fn logs(lab: &Lab, desk: &Desk) {
    let whole = ask(desk, "ingress", &format!("cat {LOG}")).await;
    let rest = ask(desk, "ingress", &format!("tail -c +501 {LOG}")).await;
    assert_eq!(whole.get(500..), Some(rest.as_str()));

    // A large log is sent as it is read; what nobody reads is not sent.
    ask(
        desk,
        "ingress",
        "truncate -s 100M /tmp/big && echo end >> /tmp/big",
    )
    .await;
    let end = ask(desk, "ingress", "tail -c +104857601 /tmp/big").await;
    assert_eq!(end, "end\n");
    let (mut tail, lines) = desk.follow(&["ingress", "tail -c +1 -F /tmp/big"]);
    let mut stream = lines.into_inner();
    let mut some = vec![0; 1024 * 1024];
    let read = Clock::default().timeout(LIMIT, stream.read_exact(&mut some));
    read.await.expect("it comes").unwrap();
    lab.break_it("ssh-cut").await.unwrap();
    let left = async { while stream.read(&mut some).await.is_ok_and(|count| count > 0) {} };
    Clock::default()
        .timeout(LIMIT, left)
        .await
        .expect("it ends");
    let ended = Clock::default().timeout(LIMIT, tail.wait()).await;
    assert_eq!(ended.expect("it is cut").unwrap().code(), Some(255));

    // A file in place of another is read from its beginning.
    ask(desk, "ingress", "echo a long first line > /tmp/notes").await;
    let (mut tail, mut lines) = desk.follow(&["ingress", "tail -n +1 -F /tmp/notes"]);
    until(&mut lines, |line| line == "a long first line").await;
    ask(
        desk,
        "ingress",
        "echo another long first line > /tmp/next && mv /tmp/next /tmp/notes",
    )
    .await;
    until(&mut lines, |line| line == "another long first line").await;
    ask(desk, "ingress", "echo short > /tmp/notes").await;
    until(&mut lines, |line| line == "short").await;
    tail.kill().await.unwrap();
}

async fn runs_again(desk: &Desk) {
    let script = "/usr/local/sbin/k3scope-bootstrap";
    let run = |arguments: &str| {
        format!("sudo -n systemd-run --unit=k3scope-again --collect --wait {script} {arguments}")
    };
    let said = on(desk, "ingress", &run("--from k3s")).await;
    assert_eq!(said.status, 0, "{said:?}");
    let shape = "Running as unit: k3scope-again.service; invocation ID: *\n\
                 Finished with result: success\n\
                 Main processes terminated with: code=exited/status=0\n*";
    assert!(is_like(&said.err, shape), "{said:?}");
    let log = ask(desk, "ingress", &format!("tail -n 1 {LOG}")).await;
    assert!(log.contains(r#""stage":"k3s","state":"ok""#), "{log}");
    let said = on(desk, "ingress", &run("--from nowhere")).await;
    assert_eq!(said.status, 2, "{said:?}");
    let said = on(desk, "server", &run("--rejoin")).await;
    assert_ne!(said.status, 0, "a server does not rejoin: {said:?}");
    let denied = on(desk, "ingress", &format!("systemd-run {script}")).await;
    assert_eq!(denied.status, 1, "{denied:?}");
}

/// What was saved is there after a boot, what was not is gone.
async fn boots_again(lab: &Lab, desk: &Desk) {
    let oci = lab.oci();
    let instances = oci.resources("instances");
    let ingress = instances
        .iter()
        .find(|it| it["displayName"] == "k3s-ingress");
    let id = ingress.unwrap()["id"].as_str().unwrap().to_owned();
    ask(
        desk,
        "ingress",
        "sudo -n iptables -I INPUT -s 192.0.2.1 -j DROP",
    )
    .await;
    ask(desk, "ingress", "sudo -n netfilter-persistent save").await;
    ask(
        desk,
        "ingress",
        "sudo -n iptables -I INPUT -s 192.0.2.2 -j DROP",
    )
    .await;
    let refused = on(desk, "ingress", "reboot").await;
    assert_eq!(refused.status, 1, "{refused:?}");
    on(desk, "ingress", "sudo -n reboot").await;
    let mut printed = oci.printed();
    let up = async {
        while oci.console(&id).matches(" login: ").count() < 2 {
            printed.changed().await.unwrap();
        }
    };
    Clock::default()
        .timeout(LIMIT, up)
        .await
        .expect("it boots again");
    let input = ask(desk, "ingress", "sudo -n iptables -S INPUT").await;
    assert!(
        input.contains("192.0.2.1/32") && !input.contains("192.0.2.2"),
        "{input}"
    );
    assert_eq!(
        ask(desk, "ingress", "sysctl -n net.ipv4.ip_forward").await,
        "1\n"
    );
}
