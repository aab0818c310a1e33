// The library as Rust calls it through what bindgen makes of the headers: an echo, a deadline, and a callback in a
// thread of the server's. rust.sh writes sockecho.rs beside the program and compiles this file with rustc --test.
#![allow(non_camel_case_types, non_upper_case_globals, non_snake_case, dead_code)]

include!(concat!(env!("BINDINGS"), "/sockecho.rs"));

use std::ffi::CStr;
use std::os::raw::{c_int, c_void};
use std::ptr;
use std::sync::mpsc::{channel, Sender};
use std::thread;

struct Server(*mut se_server);

impl Server {
    fn new() -> Server {
        let mut handle = ptr::null_mut();
        assert_eq!(unsafe { se_server_new(ptr::null(), SE_PORT_ANY as c_int, &mut handle) }, 0);
        Server(handle)
    }

    fn start(&self) {
        assert_eq!(unsafe { se_server_start(self.0) }, 0);
    }

    // Drains; returns when the last connection has ended.
    fn end(&self) {
        assert_eq!(unsafe { se_server_stop(self.0) }, 0);
        assert_eq!(unsafe { se_server_join(self.0) }, 0);
    }

    fn stat(&self, figure: u32) -> i64 {
        unsafe { se_server_stat(self.0, figure as c_int) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        unsafe { se_server_free(self.0) }
    }
}

struct Client(*mut se_client);

impl Client {
    fn connected_to(server: &Server) -> Client {
        let mut handle = ptr::null_mut();
        assert_eq!(unsafe { se_client_new(&mut handle) }, 0);
        let port = unsafe { se_server_port(server.0) };
        assert_eq!(unsafe { se_client_connect(handle, ptr::null(), port) }, 0);
        Client(handle)
    }

    fn echo(&self, message: &[u8], reply: &mut [u8]) -> c_int {
        assert_eq!(message.len(), reply.len());
        let (out, back) = (message.as_ptr() as *const c_void, reply.as_mut_ptr() as *mut c_void);
        unsafe { se_client_echo(self.0, out, message.len() as _, back) }
    }

    fn finish(&self) {
        assert_eq!(unsafe { se_client_finish(self.0) }, 0);
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        unsafe { se_client_free(self.0) }
    }
}

fn name_of(result: c_int) -> String {
    unsafe { CStr::from_ptr(se_error_name(result)) }.to_str().unwrap().to_string()
}

// What the callback saw: the event, the bytes echoed so far, and whether it ran in the thread of the test.
type Heard = (u32, i64, thread::ThreadId);

unsafe extern "C" fn note(_: *mut se_server, event: c_int, connection: *const se_connection, data: *mut c_void) -> c_int {
    let heard = &*(data as *const Sender<Heard>);
    heard.send((event as u32, se_connection_echoed(connection), thread::current().id())).unwrap();
    0
}

#[test]
fn a_message_comes_back_and_is_counted() {
    let server = Server::new();
    server.start();
    let client = Client::connected_to(&server);
    let message: Vec<u8> = (0..1_000_003u32).map(|i| (i % 251) as u8).collect();
    let mut reply = vec![0; message.len()];
    assert_eq!(client.echo(&message, &mut reply), 0);
    assert!(reply == message, "the reply differs");
    client.finish();
    server.end();
    assert_eq!(server.stat(se_server_stat_SE_STAT_ECHOED_BYTES), 1_000_003);
    assert_eq!(server.stat(se_server_stat_SE_STAT_ORDERLY), 1);
}

#[test]
fn a_timeout_ends_a_call_that_the_same_call_goes_on_with() {
    let server = Server::new();
    let client = Client::connected_to(&server);
    let mut reply = [0; 5];
    assert_eq!(unsafe { se_client_set_timeout(client.0, 50) }, 0);
    assert_eq!(name_of(client.echo(b"hello", &mut reply)), "ETIMEDOUT");
    assert_eq!(unsafe { se_client_set_blocking(client.0, 1) }, 0);
    server.start();
    assert_eq!(client.echo(b"hello", &mut reply), 0);
    assert_eq!(&reply, b"hello");
    client.finish();
    server.end();
}

#[test]
fn a_callback_hears_of_a_peer_in_a_thread_of_the_server() {
    let (sender, heard) = channel::<Heard>();
    let server = Server::new();
    let data = &sender as *const Sender<Heard> as *mut c_void;
    assert_eq!(unsafe { se_server_set_callback(server.0, Some(note), data) }, 0);
    server.start();
    let client = Client::connected_to(&server);
    assert_eq!(client.echo(b"hello", &mut [0; 5]), 0);
    client.finish();
    server.end();
    let all: Vec<Heard> = heard.try_iter().collect();
    let events: Vec<(u32, i64)> = all.iter().map(|entry| (entry.0, entry.1)).collect();
    assert_eq!(events, [(se_event_SE_EVENT_OPENED, 0), (se_event_SE_EVENT_CLOSED, 5)]);
    assert!(all.iter().all(|entry| entry.2 != thread::current().id()));
}

#[test]
fn errors_have_names() {
    assert_eq!(name_of(se_error_SE_EMISMATCH as c_int), "SE_EMISMATCH");
    assert_eq!(name_of(0), "OK");
    assert_eq!(name_of(unsafe { se_client_finish(ptr::null_mut()) }), "EINVAL");
}
