//! Settings: what one node needs to know before it starts, from `strowger.toml`.
//!
//! The file is optional and so is every key in it. Unknown keys are errors, all faults are reported at
//! once, and secrets are read from the environment or from files. Paths are relative to the
//! process's working directory, not to the file.

mod carriers;
mod environment;
mod listen;
mod load;
mod ports;
mod read;
mod secret;
mod section;
mod settings;
mod size;
mod speech;
mod url;

pub use carriers::CarrierApi;
pub use carriers::Carriers;
pub use carriers::Plivo;
pub use carriers::SignalWire;
pub use carriers::Telnyx;
pub use carriers::Twilio;
pub use listen::Listen;
pub use listen::Transport;
pub use ports::PortRange;
pub use secret::Secret;
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
pub use settings::Quota;
pub use settings::Settings;
pub use settings::Sip;
pub use size::Size;
pub use speech::SpeechCommand;
pub use url::DatabaseUrl;
pub use url::HttpUrl;
pub use url::QuotaUrl;
