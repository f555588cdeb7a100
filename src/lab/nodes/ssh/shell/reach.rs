//! `ping` and `curl`: whether an address is reached, from the machine's rules and the network.

use std::net::Ipv4Addr;
use std::time::Duration;

use super::Shell;
use super::io::Io;
use super::run::{Outcome, said};
use crate::lab::nodes::firewall::Traffic;
use crate::lab::nodes::passage::Passage;
use crate::lab::nodes::{K3s, Lead, Machine};

/// Where names of the internet lead here.
const OUTSIDE: Ipv4Addr = Ipv4Addr::new(1, 1, 1, 1);
/// How long curl waits when it is not told, and ping for each answer.
const PATIENCE: (f64, f64) = (300.0, 10.0);
const PINGS: u32 = 20;
const KUBERNETES: u16 = 6443;

/// How `ping` was called.
struct Ping {
    host: String,
    count: u32,
    wait: f64,
}

/// How `curl` was called.
#[derive(Default)]
struct Curl {
    url: String,
    shows_errors: bool,
    insecure: bool,
    fails: bool,
    output: Option<String>,
    format: Option<String>,
    connect: Option<f64>,
    most: Option<f64>,
}

/// How a request of `curl` ended: its HTTP status, or its exit status and what it says.
type Answer = Result<(u16, String), (u8, String)>;

impl Shell {
    pub(super) async fn ping(&self, arguments: &[String], io: &Io) -> Outcome {
        let Some(call) = Ping::read(arguments) else {
            io.err("ping: usage error: Destination address required\n")
                .await?;
            return Ok(1);
        };
        let host = &call.host;
        let Some(to) = self.resolve(host) else {
            io.err(format!("ping: {host}: Name or service not known\n"))
                .await?;
            return Ok(2);
        };
        io.out(format!("PING {host} ({to}) 56(84) bytes of data.\n"))
            .await?;
        let own = self.machine.private_address();
        let (mut received, mut errors) = (0, 0);
        for number in 1..=call.count {
            if number > 1 {
                self.clock.sleep(Duration::from_secs(1)).await;
            }
            let line = match self.machines.passage(&self.machine, to, Traffic::Ping) {
                Passage::Through => {
                    received += 1;
                    format!("64 bytes from {to}: icmp_seq={number} ttl=64 time=0.412 ms\n")
                }
                Passage::Prohibited(by) => {
                    errors += 1;
                    format!("From {by} icmp_seq={number} Destination Host Prohibited\n")
                }
                Passage::Unreachable => {
                    errors += 1;
                    format!("From {own} icmp_seq={number} Destination Host Unreachable\n")
                }
                Passage::Lost => {
                    self.clock.sleep(seconds(call.wait)).await;
                    String::new()
                }
            };
            io.out(line).await?;
        }
        let lost = 100 * (call.count - received) / call.count;
        let told = if errors > 0 {
            format!("+{errors} errors, ")
        } else {
            String::new()
        };
        let took = (call.count - 1) * 1000;
        io.out(format!(
            "\n--- {host} ping statistics ---\n{} packets transmitted, {received} received, \
             {told}{lost}% packet loss, time {took}ms\n",
            call.count
        ))
        .await?;
        if received == 0 {
            io.out("\n").await?;
            return Ok(1);
        }
        said(
            io,
            "rtt min/avg/max/mdev = 0.412/0.412/0.412/0.000 ms\n".to_owned(),
        )
        .await
    }

    pub(super) async fn curl(&self, arguments: &[String], io: &Io) -> Outcome {
        let Some(call) = Curl::read(arguments) else {
            io.err("curl: (2) no URL specified, or an option that is not played here\n")
                .await?;
            return Ok(2);
        };
        let answer = self.fetch(&call).await;
        let status = answer.as_ref().map_or(0, |(status, _)| *status);
        let mut exit = 0;
        match answer {
            Ok((status, _)) if call.fails && status >= 400 => {
                exit = 22;
                let text = format!("The requested URL returned error: {status}");
                call.complain(exit, &text, io).await?;
            }
            Ok((_, body)) => match &call.output {
                Some(path) if path != "/dev/null" => {
                    let path = self.path(path);
                    self.machine.disk().write(&path, body.as_bytes(), 0o644);
                }
                Some(_) => {}
                None => io.out(body).await?,
            },
            Err((failed, text)) => {
                exit = failed;
                call.complain(exit, &text, io).await?;
            }
        }
        if let Some(format) = &call.format {
            let text = format
                .replace("%{http_code}", &format!("{status:03}"))
                .replace("%{response_code}", &format!("{status:03}"))
                .replace("\\n", "\n");
            io.out(text).await?;
        }
        Ok(exit)
    }

    async fn fetch(&self, call: &Curl) -> Answer {
        let url = call.url.as_str();
        let (secure, rest) = match url.split_once("://") {
            Some(("https", rest)) => (true, rest),
            Some(("http", rest)) => (false, rest),
            Some((other, _)) => return Err((1, format!("Protocol \"{other}\" not supported"))),
            None => (false, url),
        };
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let usual = if secure { 443 } else { 80 };
        let (host, port) = match authority.split_once(':') {
            Some((host, port)) => (host, port.parse().unwrap_or(usual)),
            None => (authority, usual),
        };
        let Some(to) = self.resolve(host) else {
            return Err((6, format!("Could not resolve host: {host}")));
        };
        let failed = |after: u32, why: &str| {
            format!("Failed to connect to {host} port {port} after {after} ms: {why}")
        };
        match self.machines.passage(&self.machine, to, Traffic::Tcp(port)) {
            Passage::Through => {}
            Passage::Lost => {
                let (wait, to_connect) = call.patience();
                self.clock.sleep(seconds(wait)).await;
                let ms = format!("{:.0}", wait * 1000.0).parse().unwrap_or(0) + 2;
                let text = if to_connect {
                    failed(ms, "Timeout was reached")
                } else {
                    format!("Connection timed out after {ms} milliseconds")
                };
                return Err((28, text));
            }
            Passage::Prohibited(_) | Passage::Unreachable => {
                return Err((7, failed(1, "Couldn't connect to server")));
            }
        }
        let Some(machine) = self.who(to) else {
            return Ok((200, String::new()));
        };
        match self
            .machines
            .lead_from_inside(&self.machine, &to.to_string(), port)
        {
            Lead::Tcp(_) if port == KUBERNETES && secure && !call.insecure => Err((
                60,
                "SSL certificate problem: unable to get local issuer certificate".to_owned(),
            )),
            Lead::Tcp(_) if machine.k3s() == Some(K3s::Server) && path == "ping" => {
                Ok((200, "pong".to_owned()))
            }
            Lead::Tcp(_) => Ok((401, "Unauthorized\n".to_owned())),
            Lead::Http | Lead::Https => Ok((404, String::new())),
            Lead::Ssh(_) | Lead::Refused | Lead::Unreachable | Lead::Silent => {
                Err((7, failed(0, "Couldn't connect to server")))
            }
        }
    }

    /// The machine that has an address; none for one outside the VCN.
    fn who(&self, address: Ipv4Addr) -> Option<Machine> {
        if address.is_loopback() {
            return Some(self.machine.clone());
        }
        self.machines.by_private(self.machine.vcn(), address)
    }

    /// The address of a name: a machine of the VCN, or a name of the internet.
    fn resolve(&self, host: &str) -> Option<Ipv4Addr> {
        if let Ok(address) = host.parse() {
            return Some(address);
        }
        if host == "localhost" {
            return Some(Ipv4Addr::LOCALHOST);
        }
        let label = host.split('.').next().unwrap_or_default();
        let all = self.machines.all();
        let near = all
            .iter()
            .find(|one| one.vcn() == self.machine.vcn() && one.name() == label);
        let far = host.contains('.').then_some(OUTSIDE);
        near.map(Machine::private_address).or(far)
    }
}

impl Ping {
    fn read(arguments: &[String]) -> Option<Self> {
        let mut call = Self {
            host: String::new(),
            count: 4,
            wait: PATIENCE.1,
        };
        let mut rest = arguments.iter();
        while let Some(word) = rest.next() {
            match word.as_str() {
                "-c" => call.count = rest.next()?.parse().ok()?,
                "-W" | "-w" => call.wait = rest.next()?.parse().ok()?,
                "-q" | "-n" | "-4" => {}
                joined if joined.starts_with("-c") => call.count = joined.get(2..)?.parse().ok()?,
                joined if joined.starts_with("-W") => call.wait = joined.get(2..)?.parse().ok()?,
                option if option.starts_with('-') => return None,
                host => host.clone_into(&mut call.host),
            }
        }
        call.count = call.count.clamp(1, PINGS);
        (!call.host.is_empty()).then_some(call)
    }
}

impl Curl {
    fn read(arguments: &[String]) -> Option<Self> {
        let mut call = Self {
            shows_errors: true,
            ..Self::default()
        };
        let mut rest = arguments.iter();
        while let Some(word) = rest.next() {
            match word.as_str() {
                "--max-time" | "-m" => call.most = Some(rest.next()?.parse().ok()?),
                "--connect-timeout" => call.connect = Some(rest.next()?.parse().ok()?),
                "-o" | "--output" => call.output = Some(rest.next()?.clone()),
                "-w" | "--write-out" => call.format = Some(rest.next()?.clone()),
                "--retry" | "--retry-delay" | "-H" | "--header" => {
                    rest.next()?;
                }
                "--silent" => call.shows_errors = false,
                "--show-error" => call.shows_errors = true,
                "--insecure" => call.insecure = true,
                "--fail" => call.fails = true,
                "--location" | "--retry-all-errors" => {}
                short if short.starts_with('-') && !short.starts_with("--") => {
                    let mut silent = false;
                    for letter in short.chars().skip(1) {
                        match letter {
                            's' => silent = true,
                            'S' => silent = false,
                            'k' => call.insecure = true,
                            'f' => call.fails = true,
                            'L' => {}
                            _ => return None,
                        }
                    }
                    call.shows_errors = !silent;
                }
                option if option.starts_with('-') => return None,
                url => url.clone_into(&mut call.url),
            }
        }
        (!call.url.is_empty()).then_some(call)
    }

    /// How long an answer is waited for, and whether that is the limit for connecting.
    fn patience(&self) -> (f64, bool) {
        match (self.connect, self.most) {
            (Some(connect), most) if most.is_none_or(|most| connect <= most) => (connect, true),
            (_, Some(most)) => (most, false),
            _ => (PATIENCE.0, true),
        }
    }

    async fn complain(&self, exit: u8, text: &str, io: &Io) -> Result<(), super::io::Gone> {
        if !self.shows_errors {
            return Ok(());
        }
        io.err(format!("curl: ({exit}) {text}\n")).await
    }
}

fn seconds(given: f64) -> Duration {
    Duration::try_from_secs_f64(given).unwrap_or_default()
}
