use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::*;
use crate::store;

async fn node(home: &std::path::Path) -> Node {
    let at = home.display();
    let text = format!(
        "[sip]\nlisten = [\"udp:127.0.0.1:0\"]\n\
         [media]\naddress = \"127.0.0.1\"\nprompts = \"{at}\"\nspeech_command = \"\"\n\
         [http]\nlisten = \"127.0.0.1:0\"\npublic_url = \"http://127.0.0.1\"\n\
         [database]\nurl = \"sqlite:{at}/strowger.db\"\n[flows]\ndirectory = \"{at}\"\n"
    );
    let settings = Settings::parse("strowger.toml", &text, &|_| None).unwrap();
    let store = store::open(&format!("sqlite:{at}/strowger.db").parse().unwrap()).unwrap();
    let shelf = shelf(&settings);
    let plan = Plan { settings, shelf, store, clock: Clock::system(), entropy: [3; 32] };
    Node::start(plan).await.unwrap()
}

/// Returns the status of `/readyz`.
async fn readyz(node: &Node) -> String {
    let mut stream = TcpStream::connect(node.http).await.unwrap();
    let request = "GET /readyz HTTP/1.1\r\nHost: node\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer.split(' ').nth(1).unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_whose_core_task_ends_is_not_ready() {
    let home = tempfile::tempdir().unwrap();
    let mut node = node(home.path()).await;
    assert_eq!(readyz(&node).await, "200");
    node.tasks.spawn("a part", Duty::Core, async {});
    assert_eq!(node.broken().await, "a part");
    assert_eq!(readyz(&node).await, "503");
    node.stop(async {}).await;
}
