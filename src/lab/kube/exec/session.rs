//! A command under way: what is typed is handed to it, what it prints goes out, and the status ends it.

use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::Wish;
use super::console::{Console, Next};
use crate::lab::kube::meta::text;
use crate::lab::kube::objects::Objects;
use crate::lab::kube::socket::Socket;
use crate::lab::nodes::ssh::{Heard, Terminal};

const STDIN: u8 = 0;
const STDOUT: u8 = 1;
const STDERR: u8 = 2;
const STATUS: u8 = 3;
const RESIZE: u8 = 4;
const CLOSE: u8 = 255;
/// As a process that was killed.
const KILLED: u8 = 137;
/// As a command that Ctrl-C ended.
const INTERRUPTED: u8 = 130;
/// Bytes of one message.
const PIECE: usize = 32 * 1024;

/// The client has gone.
struct Gone;

/// Runs what is wished for over the socket.
pub(super) async fn run(socket: Socket, objects: &Objects, wish: Wish) {
    let (sink, stream) = socket.split();
    let mut session = Session {
        sink,
        stream,
        console: Console::new(&wish),
        typed: Vec::new(),
        over: !wish.carries("stdin"),
        wish: wish.clone(),
    };
    let status = tokio::select! {
        status = session.play() => status,
        () = died(objects, &wish) => Ok(exit(KILLED)),
    };
    if let Ok(status) = status
        && session
            .say(STATUS, status.to_string().as_bytes())
            .await
            .is_ok()
        && let Err(error) = session.end().await
    {
        tracing::debug!(%error, "the client of a command had gone");
    }
}

/// Comes when the pod is not there any more, or another one in its place.
async fn died(objects: &Objects, wish: &Wish) {
    let mut changes = objects.changes();
    loop {
        let pod = objects.get("pods", Some(&wish.namespace), &wish.pod);
        if pod.is_none_or(|pod| text(&pod, "/metadata/uid") != wish.uid) {
            return;
        }
        if changes.changed().await.is_err() {
            return;
        }
    }
}

/// The status of a command that ended.
fn exit(code: u8) -> Value {
    if code == 0 {
        return json!({"metadata": {}, "status": "Success"});
    }
    json!({
        "metadata": {}, "status": "Failure", "reason": "NonZeroExitCode",
        "message": format!("command terminated with non-zero exit code: exit status {code}"),
        "details": {"causes": [{"reason": "ExitCode", "message": code.to_string()}]},
    })
}

/// The status of a command that was never run.
fn internal(why: &str) -> Value {
    json!({
        "metadata": {}, "status": "Failure", "reason": "InternalError",
        "message": format!("Internal error occurred: {why}"),
        "details": {"causes": [{"message": why}]}, "code": 500,
    })
}

struct Session {
    sink: SplitSink<Socket, Message>,
    stream: SplitStream<Socket>,
    console: Console,
    /// What was typed and not yet taken.
    typed: Vec<u8>,
    /// Whether nothing more will be typed.
    over: bool,
    wish: Wish,
}

impl Session {
    async fn play(&mut self) -> Result<Value, Gone> {
        for (channel, is_open) in [
            (STDOUT, self.wish.carries("stdout")),
            (STDERR, self.wish.carries("stderr")),
            (STATUS, true),
        ] {
            if is_open {
                self.say(channel, b"").await?;
            }
        }
        if !self.wish.runs {
            let why = format!(
                "unable to upgrade connection: container not found (\"{}\")",
                self.wish.container
            );
            return Ok(internal(&why));
        }
        let command = self.wish.command.clone();
        let Some(next) = self.console.begin(&command) else {
            let name = command.first().map_or("", String::as_str);
            return Ok(internal(&format!(
                "error executing command in container: failed to exec in container: failed to start \
                 exec \"{}\": OCI runtime exec failed: exec failed: unable to start container process: \
                 exec: \"{name}\": executable file not found in $PATH: unknown",
                self.wish.uid.replace('-', "")
            )));
        };
        self.print().await?;
        let code = match next {
            Next::Ended(code) => code,
            Next::Listens if self.wish.tty => self.typed_lines().await?,
            Next::Listens => self.piped_lines().await?,
        };
        Ok(exit(code))
    }

    /// A shell at a terminal: what is typed is shown, a line is run when it is whole.
    async fn typed_lines(&mut self) -> Result<u8, Gone> {
        let mut terminal = Terminal::default();
        self.prompt().await?;
        loop {
            while let Some(heard) = terminal.hear(&mut self.typed) {
                match heard {
                    Heard::Echo(text) => self.say(STDOUT, text.as_bytes()).await?,
                    Heard::Line(line) => {
                        self.say(STDOUT, b"\r\n").await?;
                        if let Some(code) = self.line(&line).await? {
                            return Ok(code);
                        }
                        self.prompt().await?;
                    }
                    Heard::Interrupt => {
                        self.console.status = INTERRUPTED;
                        self.say(STDOUT, b"^C\r\n").await?;
                        self.prompt().await?;
                    }
                    Heard::End => return Ok(self.console.status),
                }
            }
            if self.over {
                return Ok(self.console.status);
            }
            self.more().await?;
        }
    }

    /// A shell that reads from a pipe: lines as they come, until nothing follows.
    async fn piped_lines(&mut self) -> Result<u8, Gone> {
        loop {
            while let Some(end) = self.typed.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.typed.drain(..=end).collect();
                let line = String::from_utf8_lossy(&line).into_owned();
                if let Some(code) = self.line(line.trim_end()).await? {
                    return Ok(code);
                }
            }
            if self.over {
                let rest = std::mem::take(&mut self.typed);
                let rest = String::from_utf8_lossy(&rest).into_owned();
                let code = self.line(&rest).await?;
                return Ok(code.unwrap_or(self.console.status));
            }
            self.more().await?;
        }
    }

    /// Runs a line; its status where that ends the shell.
    async fn line(&mut self, line: &str) -> Result<Option<u8>, Gone> {
        self.console.run(line);
        self.print().await?;
        Ok(self.console.over.then_some(self.console.status))
    }

    async fn prompt(&mut self) -> Result<(), Gone> {
        let prompt = self.console.prompt();
        self.say(STDOUT, prompt.as_bytes()).await
    }

    /// Sends what the console has written. A terminal has one way out, and wants carriage returns.
    async fn print(&mut self) -> Result<(), Gone> {
        for (is_error, text) in std::mem::take(&mut self.console.written) {
            let (channel, text) = match (self.wish.tty, is_error) {
                (true, _) => (STDOUT, text.replace('\n', "\r\n")),
                (false, false) => (STDOUT, text),
                (false, true) => (STDERR, text),
            };
            for piece in text.as_bytes().chunks(PIECE) {
                self.say(channel, piece).await?;
            }
        }
        Ok(())
    }

    /// Says that all was said: a close without a code would be a failure to clients.
    async fn end(&mut self) -> Result<(), Error> {
        let frame = CloseFrame {
            code: CloseCode::Normal,
            reason: "".into(),
        };
        self.sink.send(Message::Close(Some(frame))).await?;
        self.sink.close().await
    }

    async fn say(&mut self, channel: u8, bytes: &[u8]) -> Result<(), Gone> {
        let message = Message::binary([&[channel], bytes].concat());
        self.sink.send(message).await.map_err(|_| Gone)
    }

    /// Waits for what comes next from the client.
    async fn more(&mut self) -> Result<(), Gone> {
        let Some(Ok(message)) = self.stream.next().await else {
            return Err(Gone);
        };
        if message.is_close() {
            return Err(Gone);
        }
        if !message.is_binary() {
            return Ok(());
        }
        let data = message.into_data();
        match data.split_first() {
            Some((&STDIN, typed)) => self.typed.extend_from_slice(typed),
            Some((&CLOSE, channel)) if channel.first() == Some(&STDIN) => self.over = true,
            Some((&RESIZE, size)) => {
                let size: Value = serde_json::from_slice(size).unwrap_or_default();
                let cells = |name: &str| size.get(name).and_then(Value::as_u64).unwrap_or_default();
                self.console.size = (cells("Width"), cells("Height"));
            }
            _ => {}
        }
        Ok(())
    }
}
