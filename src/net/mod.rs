//! The network: sockets, and the tasks that drive `sip` and `media` over them.

pub mod rtp;
