//! A TCP proxy that can be cut: a partition between a node and its server.

use std::sync::Arc;
use std::sync::atomic::AtomicU16;
use std::sync::atomic::Ordering;

use tokio::io::copy_bidirectional;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Passes connections on to a server, unless it is cut.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    cut: Arc<watch::Sender<bool>>,
    server: Arc<AtomicU16>,
    _task: JoinSet<()>,
}

impl Proxy {
    /// Listens on a spare port.
    pub(crate) async fn towards(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let cut = Arc::new(watch::Sender::new(false));
        let mut task = JoinSet::new();
        let server = Arc::new(AtomicU16::new(server));
        task.spawn(pass(listener, server.clone(), cut.clone()));
        Self { port, cut, server, _task: task }
    }

    /// Passes new connections to another server.
    pub(crate) fn turn_to(&self, server: u16) {
        self.server.store(server, Ordering::SeqCst);
    }

    /// Cuts all connections: bytes are lost, and nobody is told. Or passes them on again.
    pub(crate) fn cut(&self, is_cut: bool) {
        self.cut.send_replace(is_cut);
    }
}

async fn pass(listener: TcpListener, server: Arc<AtomicU16>, cut: Arc<watch::Sender<bool>>) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((mut near, _)) = listener.accept().await else { return };
        let mut cut = cut.subscribe();
        let server = server.load(Ordering::SeqCst);
        connections.spawn(async move {
            let Ok(mut far) = TcpStream::connect(("127.0.0.1", server)).await else { return };
            let was_cut = tokio::select! {
                _ended = copy_bidirectional(&mut near, &mut far) => false,
                _cut = cut.wait_for(|cut| *cut) => true,
            };
            if was_cut {
                // Open and silent, until the partition ends.
                let _healed = cut.wait_for(|cut| !*cut).await;
            }
        });
        while connections.try_join_next().is_some() {}
    }
}
