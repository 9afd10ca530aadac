//! Sockets and clocks: drives `sip` and `media`, and sends HTTPS requests and e-mails. It makes no decisions.

mod clock;
mod fetch;
mod files;
mod interfaces;
mod mail;
pub mod rtp;
pub mod sip;
mod tls;
mod towards;

pub use clock::Clock;
pub use fetch::Ask;
pub use fetch::Credentials;
pub use fetch::Exchanged;
pub use fetch::FetchError;
pub use fetch::Fetcher;
pub use fetch::LOOKUP_BYTES_MAX;
pub use fetch::Report;
pub use fetch::Reported;
pub use fetch::Unanswered;
pub use files::raise_file_limit;
pub use interfaces::own_addresses;
pub use mail::Letter;
pub use mail::MailError;
pub use mail::Mailer;
pub use tls::CertificateFault;
pub use tls::EXPIRES_SOON;
pub use tls::Kept;
pub use tls::Tls;
pub use tls::Validity;
pub use towards::towards;
