//! Port-forward, with kube-rs at the other end.

use k8s_openapi::api::core::v1::Pod;
use kube::api::Api;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::cluster::Cluster;

#[tokio::test(flavor = "multi_thread")]
async fn bytes_go_through_to_the_pod_and_back() {
    let cluster = Cluster::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let pod = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = [0; 4];
        stream.read_exact(&mut asked).await.unwrap();
        stream
            .write_all(&[b"you said ", &asked[..]].concat())
            .await
            .unwrap();
    });
    let pods = Api::<Pod>::namespaced(cluster.client("admin").await, "docs");
    let mut forward = pods.portforward("docs-1", &[port]).await.unwrap();
    let mut stream = forward.take_stream(port).unwrap();
    stream.write_all(b"ping").await.unwrap();
    let mut answer = [0; 13];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"you said ping");
    pod.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_where_nothing_listens_says_so() {
    let cluster = Cluster::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let pods = Api::<Pod>::namespaced(cluster.client("admin").await, "docs");
    let mut forward = pods.portforward("docs-1", &[port]).await.unwrap();
    let error = forward.take_error(port).unwrap().await.unwrap();
    let start = format!("error forwarding port {port} to the pod: ");
    assert!(error.starts_with(&start), "{error}");
    assert!(pods.portforward("nosuch", &[port]).await.is_err());
}
