import Glibc

/// Asks, without listening, whether a connector could listen: a standby must learn at its start, not in the night of
/// the failover, that its port is taken.
package enum PortCheck {
    /// Binds a socket to `address` and lets go of it again. No client can connect meanwhile.
    package static func run(
        _ address: ListenAddress, option: String = "--openwire"
    ) throws(StartError) {
        for candidate in try self.resolve(address, option) {
            var candidate = candidate
            let socket = Glibc.socket(candidate.family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            // A family that this machine lacks is no obstacle where the name has other addresses.
            guard socket >= 0 else { continue }
            defer { Glibc.close(socket) }
            var on: CInt = 1
            setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<CInt>.size))
            let bound = withUnsafePointer(to: &candidate.storage) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, candidate.length) }
            }
            guard bound == 0 else { throw self.failure(of: address, errno, option: option) }
            return
        }
        throw StartError(.unavailable, "cannot listen on \(address): this machine has no such address family")
    }

    /// The line for an operator whose connector, or whatever `option` is for, cannot listen.
    package static func failure(of address: ListenAddress, _ code: CInt, option: String = "--openwire") -> StartError {
        switch code {
        case EADDRINUSE:
            StartError(
                .unavailable,
                "cannot listen on \(address): port \(address.port) is in use; stop the other program, or choose "
                    + "another with \(option) HOST:PORT (a master and a standby on one machine need different ports)")
        case EACCES, EPERM:
            StartError(
                .noPermission,
                "cannot listen on \(address): \(systemErrorText(code)); choose a port above 1023 with "
                    + "\(option) HOST:PORT")
        case EADDRNOTAVAIL:
            StartError(
                .unavailable,
                "cannot listen on \(address): this machine does not have that address; choose one it has, or 0.0.0.0 "
                    + "for all, with \(option) HOST:PORT")
        default:
            StartError(
                .unavailable,
                "cannot listen on \(address): \(systemErrorText(code)); choose another with \(option) HOST:PORT")
        }
    }

    private struct Candidate {
        let family: CInt
        var storage: sockaddr_storage
        let length: socklen_t
    }

    private static func resolve(_ address: ListenAddress, _ option: String) throws(StartError) -> [Candidate] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE
        var list: UnsafeMutablePointer<addrinfo>?
        let result = getaddrinfo(address.host, String(address.port), &hints, &list)
        guard result == 0 else {
            throw StartError(
                .unavailable,
                "cannot listen on \(address): host \(address.host): \(String(cString: gai_strerror(result))); use an "
                    + "address or a known name with \(option) HOST:PORT")
        }
        defer { freeaddrinfo(list) }
        var candidates: [Candidate] = []
        var next = list
        while let entry = next?.pointee {
            if let source = entry.ai_addr, Int(entry.ai_addrlen) <= MemoryLayout<sockaddr_storage>.size {
                var storage = sockaddr_storage()
                withUnsafeMutableBytes(of: &storage) { target in
                    target.copyMemory(from: UnsafeRawBufferPointer(start: source, count: Int(entry.ai_addrlen)))
                }
                candidates.append(Candidate(family: entry.ai_family, storage: storage, length: entry.ai_addrlen))
            }
            next = entry.ai_next
        }
        return candidates
    }
}
