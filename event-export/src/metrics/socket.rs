//! The listening socket of the server.
//!
//! A forked process must not keep the port. On Linux the accepting thread therefore owns no copy of
//! the socket: it waits for connections by `epoll`, and the fork handler closes the socket in the
//! forked process. Elsewhere a forked process keeps the socket until it ends.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};

#[cfg(target_os = "linux")]
pub(super) use linux::Socket;
#[cfg(not(target_os = "linux"))]
pub(super) use other::Socket;

#[cfg(target_os = "linux")]
mod linux {
    use std::os::fd::OwnedFd;
    use std::sync::Arc;

    use rustix::event::epoll;

    use super::{SocketAddr, TcpListener, TcpStream, io};
    use crate::host::fork::{self, ClosedByFork};
    use crate::sync::lock;

    #[derive(Debug)]
    pub(in crate::metrics) struct Socket {
        /// Does not block. The lock is held for the time of a system call only, so that a fork
        /// rarely happens meanwhile.
        listener: Arc<ClosedByFork>,
        /// Notifies of connections, and of the end of `listener`.
        epoll: OwnedFd,
    }

    impl Socket {
        pub(in crate::metrics) fn bind(address: SocketAddr) -> io::Result<(Self, SocketAddr)> {
            let listener = TcpListener::bind(address)?;
            let address = listener.local_addr()?;
            listener.set_nonblocking(true)?;
            let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
            let data = epoll::EventData::new_u64(0);
            epoll::add(&epoll, &listener, data, epoll::EventFlags::IN)?;
            let listener = fork::close_by_fork(listener);
            Ok((Self { listener, epoll }, address))
        }

        /// Waits for a connection. After [`shut_down`](Self::shut_down) it returns an error.
        pub(in crate::metrics) fn accept(&self) -> io::Result<TcpStream> {
            loop {
                let mut events = [const { std::mem::MaybeUninit::uninit() }; 1];
                epoll::wait(&self.epoll, &mut events, None)?;
                let accepted = lock(&*self.listener).as_ref().map(TcpListener::accept);
                match accepted {
                    None => return Err(io::ErrorKind::NotConnected.into()),
                    Some(Ok((stream, _))) => return Ok(stream),
                    // The requester has gone.
                    Some(Err(error)) if error.kind() == io::ErrorKind::WouldBlock => {}
                    Some(Err(error)) => return Err(error),
                }
            }
        }

        /// Makes the accepting thread return from `accept`. Returns whether it will.
        pub(in crate::metrics) fn shut_down(&self, _: SocketAddr) -> bool {
            let listener = lock(&*self.listener);
            let Some(listener) = &*listener else {
                return false;
            };
            // The standard library has `shutdown` for streams only.
            let stream = listener.try_clone().map(OwnedFd::from).map(TcpStream::from);
            stream.is_ok_and(|stream| stream.shutdown(std::net::Shutdown::Both).is_ok())
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod other {
    use std::net::{Ipv4Addr, Ipv6Addr};
    use std::time::Duration;

    use super::{SocketAddr, TcpListener, TcpStream, io};

    /// The time limit of the connection that wakes the accepting thread.
    const WAKE_LIMIT: Duration = Duration::from_millis(500);

    #[derive(Debug)]
    pub(in crate::metrics) struct Socket(TcpListener);

    impl Socket {
        pub(in crate::metrics) fn bind(address: SocketAddr) -> io::Result<(Self, SocketAddr)> {
            let listener = TcpListener::bind(address)?;
            let address = listener.local_addr()?;
            Ok((Self(listener), address))
        }

        pub(in crate::metrics) fn accept(&self) -> io::Result<TcpStream> {
            self.0.accept().map(|(stream, _)| stream)
        }

        /// Makes the accepting thread return from `accept`. Returns whether it will.
        pub(in crate::metrics) fn shut_down(&self, address: SocketAddr) -> bool {
            let ip = match address {
                SocketAddr::V4(it) if it.ip().is_unspecified() => Ipv4Addr::LOCALHOST.into(),
                SocketAddr::V6(it) if it.ip().is_unspecified() => Ipv6Addr::LOCALHOST.into(),
                address => address.ip(),
            };
            let address = SocketAddr::new(ip, address.port());
            TcpStream::connect_timeout(&address, WAKE_LIMIT).is_ok()
        }
    }
}
