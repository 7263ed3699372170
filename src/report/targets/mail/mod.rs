//! E-mail by SMTP: HTML with its pictures, and plain text beside it.
//!
//! # Invariants
//! - What is handed to the server is made once, with its boundaries and its id; the id is the same for the same report, so that
//!   a mail that comes twice is shown once by readers that look at it (RFC 5322, 3.6.4).

pub mod message;

use std::time::Duration;

use async_trait::async_trait;
use lettre::message::header::{ContentDisposition, ContentId, ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use crate::collect::http::Secret;
use crate::report::targets::letter::{Arrival, Failure, Letter, MESSAGE, Part};
use crate::report::targets::{Content, Target, digest};

/// How long a server may take for one answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// How a connection to a server is kept from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// The connection is encrypted before anything is said, or not used.
    StartTls,
    /// It is encrypted from the beginning.
    Tls,
    /// It is not: for a server on the same machine.
    None,
}

/// A server that takes mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Smtp {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is kept from others.
    pub security: Security,
    /// As whom, if it asks.
    pub login: Option<(String, Secret)>,
    /// Who the mail is from.
    pub from: Mailbox,
}

/// Some people's mail.
#[derive(Debug)]
pub struct Mail {
    smtp: Smtp,
    to: Vec<Mailbox>,
}

impl Mail {
    /// Mail to these people.
    #[must_use]
    pub const fn new(smtp: Smtp, to: Vec<Mailbox>) -> Self {
        Self { smtp, to }
    }

    fn transport(&self) -> Result<AsyncSmtpTransport<Tokio1Executor>, Failure> {
        let wrong = |error: lettre::transport::smtp::Error| Failure::Refused(error.to_string());
        let tls = match self.smtp.security {
            Security::None => Tls::None,
            Security::StartTls => Tls::Required(TlsParameters::new(self.smtp.host.clone()).map_err(wrong)?),
            Security::Tls => Tls::Wrapper(TlsParameters::new(self.smtp.host.clone()).map_err(wrong)?),
        };
        let mut builder =
            AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&self.smtp.host).port(self.smtp.port).tls(tls).timeout(Some(PATIENCE));
        if let Some((user, password)) = &self.smtp.login {
            builder = builder.credentials(Credentials::new(user.clone(), password.expose().to_owned()));
        }
        Ok(builder.build())
    }

    /// Whether the server takes us.
    async fn connect(&self, transport: &AsyncSmtpTransport<Tokio1Executor>) -> Result<(), Failure> {
        match transport.test_connection().await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Failure::Unreachable(format!("{} takes no commands", self.smtp.host))),
            Err(error) => Err(failure(&self.smtp.host, &error).unwrap_or_else(Failure::Unreachable)),
        }
    }

    fn compose(&self, content: &Content<'_>) -> Result<Message, lettre::error::Error> {
        let mail = message::mail(content.document);
        let id = digest(content.key);
        let boundary = |name: &str| format!("spot-{id}-{name}");
        let mut related = MultiPart::related().boundary(boundary("related")).singlepart(SinglePart::html(mail.html));
        for (name, png) in mail.pictures {
            let picture = SinglePart::builder()
                .header(ContentType::parse("image/png").map_err(|_| lettre::error::Error::NonAsciiChars)?)
                .header(ContentDisposition::inline())
                .header(ContentId::from(format!("<{name}>")))
                .body(png);
            related = related.singlepart(picture);
        }
        let both = MultiPart::alternative().boundary(boundary("both")).singlepart(SinglePart::plain(mail.text)).multipart(related);
        let domain = self.smtp.from.email.domain();
        let mut builder = Message::builder()
            .message_id(Some(format!("<spot-{id}@{domain}>")))
            .date(std::time::SystemTime::from(content.now.timestamp()))
            .from(self.smtp.from.clone())
            .subject(mail.subject)
            // RFC 3834: no answering machine answers.
            .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()))
            .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("List-Id"), format!("spot <weekly-report.spot.{domain}>")));
        for to in &self.to {
            builder = builder.to(to.clone());
        }
        builder.multipart(both)
    }
}

#[async_trait]
impl Target for Mail {
    async fn write(&self, content: &Content<'_>) -> Result<Letter, Failure> {
        let message = self.compose(content).map_err(|error| Failure::Refused(format!("no mail can be made of it: {error}")))?;
        Ok(Letter { parts: vec![Part::new(MESSAGE, "message/rfc822", message.formatted())] })
    }

    async fn send(&self, letter: &Letter) -> Result<String, Failure> {
        let addresses = self.to.iter().map(|to| to.email.clone()).collect();
        let envelope = lettre::address::Envelope::new(Some(self.smtp.from.email.clone()), addresses)
            .map_err(|error| Failure::Refused(error.to_string()))?;
        let transport = self.transport()?;
        self.connect(&transport).await?;
        let taken = transport.send_raw(&envelope, letter.message()).await;
        let taken = taken.map_err(|error| failure(&self.smtp.host, &error).unwrap_or_else(Failure::Unclear))?;
        let words: Vec<&str> = taken.message().collect();
        Ok(format!("{} took it: {}", self.smtp.host, super::cut(&words.join(" "), 200)))
    }

    async fn look(&self, _letter: &Letter, _key: &str) -> Arrival {
        Arrival::Unknown("a mail server cannot be asked what it was given; a second mail would have the same Message-ID".to_owned())
    }

    async fn check(&self) -> Result<String, Failure> {
        self.connect(&self.transport()?).await?;
        Ok(format!("{} takes mail from {}", self.smtp.host, self.smtp.from.email))
    }
}

/// What a server's answer means; what the connection says instead, if there was none.
fn failure(host: &str, error: &lettre::transport::smtp::Error) -> Result<Failure, String> {
    let mut text = format!("{host}: {error}");
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text.push_str(&format!(": {more}"));
        }
        cause = error.source();
    }
    match error {
        error if error.is_permanent() => Ok(Failure::Refused(text)),
        error if error.is_transient() => Ok(Failure::Unreachable(text)),
        _ => Err(text),
    }
}
