//! A port that forwards to the current server. Carriers know this port, so the switch behind it can
//! be restarted at another port between two requests.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// Returns where the n-th connection, from 1, leads; it may take time.
pub(crate) type Behind = Arc<dyn Fn(usize) -> SocketAddr + Send + Sync>;

/// The port. It closes when it is dropped.
pub(crate) struct Gate {
    listener: Option<TcpListener>,
    pub(crate) address: SocketAddr,
    served: JoinSet<()>,
}

impl Gate {
    /// Opens a port without a server.
    pub(crate) async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        Self { listener: Some(listener), address, served: JoinSet::new() }
    }

    /// Lets connections through.
    pub(crate) fn open(&mut self, behind: Behind) {
        let listener = self.listener.take().expect("it is opened once");
        self.served.spawn(serve(listener, behind));
    }
}

async fn serve(listener: TcpListener, behind: Behind) {
    let mut through = JoinSet::new();
    let mut number = 0;
    loop {
        let Ok((stream, _)) = listener.accept().await else { return };
        number += 1;
        let behind = behind.clone();
        let address = tokio::task::spawn_blocking(move || behind(number)).await.unwrap();
        through.spawn(pass(stream, address));
        while through.try_join_next().is_some() {}
    }
}

async fn pass(mut stream: TcpStream, address: SocketAddr) -> io::Result<()> {
    let mut server = TcpStream::connect(address).await?;
    tokio::io::copy_bidirectional(&mut stream, &mut server).await?;
    Ok(())
}
