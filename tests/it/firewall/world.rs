//! A VCN of network namespaces (`tests/data/firewall/world.sh`), gone with the test that made it.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use crate::render::{Sandbox, is_installed};

/// The firewall of Oracle's Ubuntu images, as it is at the first boot.
pub(super) const IMAGE: &str = include_str!("../../data/firewall/rules.v4");

/// Who answers: machine, address, protocol, ports.
const SERVERS: [(&str, &str, &str, &[&str]); 7] = [
    ("outside", "0.0.0.0", "tcp", &["443"]),
    ("neighbour", "0.0.0.0", "tcp", &["443"]),
    ("vcn", "169.254.169.254", "tcp", &["80", "53"]),
    ("vcn", "169.254.169.254", "udp", &["53", "123"]),
    ("ingress", "0.0.0.0", "tcp", &["22", "10250"]),
    ("ingress", "0.0.0.0", "udp", &["8472"]),
    ("private", "0.0.0.0", "udp", &["8472"]),
];

/// What comes of asking.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// An answer; the other side saw the question come from this address.
    To(String),
    /// Refused by the other side or by a firewall, in the kernel's words.
    Refused(String),
    /// Nothing came back.
    Silence,
}

/// The machines, their cables and the programs that answer on them.
pub(super) struct World {
    holder: Child,
    servers: Vec<Child>,
}

impl World {
    /// Machines whose firewall was restored from `rules`; none where namespaces are not permitted.
    pub(super) fn of(rules: &str) -> Option<Self> {
        for (program, from) in [
            ("unshare", "Debian package util-linux"),
            ("ip", "Debian package iproute2"),
            ("iptables", "Debian package iptables"),
            ("sysctl", "Debian package procps"),
            ("python3", "Debian package python3"),
        ] {
            if !is_installed(program, from) {
                return None;
            }
        }
        let permitted = Command::new("unshare")
            .args(["-rnm", "sh", "-c"])
            .arg("mount -t tmpfs none /run && ip link add a type veth peer name b && iptables -S && iptables -t raw -S")
            .output()
            .unwrap();
        if !permitted.status.success() {
            let said = String::from_utf8_lossy(&permitted.stderr);
            eprintln!("skipped: network namespaces are not permitted by this machine: {said}");
            return None;
        }
        let mut holder = Command::new("unshare")
            .args(["-rnm", "sh"])
            .arg(data("world.sh"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        is_ready(&mut holder);
        let mut world = Self {
            holder,
            servers: Vec::new(),
        };
        for (machine, address, protocol, ports) in SERVERS {
            let mut server = world
                .command(machine, "python3")
                .arg(data("talk.py"))
                .args(["serve", address, protocol])
                .args(ports)
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            is_ready(&mut server);
            world.servers.push(server);
        }
        for machine in ["ingress", "private"] {
            world.restore(machine, rules);
        }
        Some(world)
    }

    /// The words that run a program on a machine.
    fn entry(&self, machine: &str) -> Vec<String> {
        let inside = self.holder.id();
        vec![
            "nsenter".to_owned(),
            format!("--target={inside}"),
            "--user".to_owned(),
            "--preserve-credentials".to_owned(),
            "--mount".to_owned(),
            format!("--net=/proc/{inside}/root/run/netns/{machine}"),
            "--".to_owned(),
        ]
    }

    fn command(&self, machine: &str, program: &str) -> Command {
        let entry = self.entry(machine);
        let mut command = Command::new(&entry[0]);
        command.args(&entry[1..]).arg(program);
        command
    }

    /// What a program prints on a machine; it has to succeed.
    #[track_caller]
    pub(super) fn run(&self, machine: &str, words: &[&str]) -> String {
        let output = self
            .command(machine, words[0])
            .args(&words[1..])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{machine}: {words:?}: {said}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn restore(&self, machine: &str, rules: &str) {
        let mut restoring = self
            .command(machine, "iptables-restore")
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = restoring.stdin.take().unwrap();
        input.write_all(rules.as_bytes()).unwrap();
        drop(input);
        assert!(restoring.wait().unwrap().success());
    }

    /// Runs the bootstrap script of a node on a machine, with the machine's own network programs.
    #[track_caller]
    pub(super) fn bootstrap(&self, machine: &str, node: &Sandbox, arguments: &[&str]) {
        let Output { status, stderr, .. } = node.run_through(&self.entry(machine), arguments);
        let said = String::from_utf8_lossy(&stderr);
        assert!(status.success(), "{said}\n{}", node.log());
    }

    /// Asks at an address and port, from a machine.
    pub(super) fn ask(&self, machine: &str, protocol: &str, address: &str, port: &str) -> Answer {
        let asked = self
            .command(machine, "python3")
            .arg(data("talk.py"))
            .args(["ask", protocol, address, port])
            .output()
            .unwrap();
        let said = String::from_utf8(asked.stdout).unwrap().trim().to_owned();
        match asked.status.code() {
            Some(0) => Answer::To(said),
            Some(3) => Answer::Refused(said),
            Some(4) => Answer::Silence,
            other => panic!("talk.py ended with {other:?}: {said}"),
        }
    }

    /// The rules of a machine.
    pub(super) fn rules(&self, machine: &str) -> Vec<String> {
        rules(&self.run(machine, &["iptables-save"]))
    }
}

/// The lines of `iptables-save` without what differs each time: its date, and what was counted.
pub(super) fn rules(listed: &str) -> Vec<String> {
    let lines = listed.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| match line.strip_prefix(':') {
            Some(chain) => chain.split(" [").next().unwrap().to_owned(),
            None => line.to_owned(),
        })
        .collect()
}

impl Drop for World {
    fn drop(&mut self) {
        for one in self.servers.iter_mut().chain([&mut self.holder]) {
            // One that has ended by itself cannot be ended; either way it is gone afterwards.
            let _ = one.kill();
            let _ = one.wait();
        }
    }
}

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/firewall")
        .join(name)
}

#[track_caller]
fn is_ready(program: &mut Child) {
    let mut line = String::new();
    let said = program.stdout.as_mut().unwrap();
    BufReader::new(said).read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
}
