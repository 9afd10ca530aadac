//! Settings of one node, from `strowger.toml`.
//!
//! The file and every key in it are optional. Unknown keys are errors, and the reader reports all
//! faults at once. Secrets may come from the environment or from files. Paths are relative to the
//! directory of the file, and without a file to the working directory.

mod carriers;
mod credentials;
mod directory;
mod environment;
mod leads;
mod listen;
mod load;
mod location;
mod nameservers;
mod platforms;
mod ports;
mod postbacks;
mod quota;
mod read;
mod relative;
mod score;
mod secret;
mod secrets;
mod section;
mod settings;
mod size;
mod smtp;
mod speech;
mod tls;
mod url;

pub use carriers::CarrierApi;
pub use carriers::Carriers;
pub use carriers::Plivo;
pub use carriers::SignalWire;
pub use carriers::Telnyx;
pub use carriers::Twilio;
pub use credentials::NamedCredentials;
pub use credentials::TrunkCredentials;
pub use environment::notify_socket;
pub use environment::wants_colours;
pub use leads::Leads;
pub use listen::Listen;
pub use listen::Transport;
pub use location::Location;
pub use ports::PortRange;
pub use postbacks::Postbacks;
pub use quota::Quota;
pub use quota::QuotaUrl;
pub use quota::RedisAccount;
pub use quota::RedisUrl;
pub use score::ScoreModels;
pub use secret::Secret;
pub use secrets::Secrets;
pub use settings::Database;
pub use settings::Flows;
pub use settings::Geo;
pub use settings::Http;
pub use settings::Journal;
pub use settings::Log;
pub use settings::LogFormat;
pub use settings::Media;
pub use settings::Node;
pub use settings::Outbound;
pub use settings::Retention;
pub use settings::Settings;
pub use settings::Sip;
pub use settings::Stir;
pub use size::Size;
pub use smtp::Smtp;
pub use smtp::SmtpAccount;
pub use smtp::SmtpSecurity;
pub use smtp::SmtpServer;
pub use speech::SpeechCommand;
pub use tls::OwnCertificate;
pub use tls::Tls;
pub use url::HttpUrl;
