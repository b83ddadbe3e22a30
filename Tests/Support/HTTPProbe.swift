import Glibc

/// A plain HTTP/1.1 client on a blocking socket, for tests of the listener.
package final class HTTPProbe {
    package struct Failed: Error {
        package let systemError: Int32
    }

    package struct Answer: Hashable, Sendable {
        package var status: Int
        /// Names in lower case.
        package var headers: [String: String]
        package var body: String
    }

    private let socket: Int32
    private var received: [UInt8] = []

    /// - Parameter receiveBuffer: bytes that the kernel keeps for a reader who is slow.
    package init(port: Int, receiveBuffer: Int32? = nil) throws(Failed) {
        self.socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        // No answer for so long is a failure, not a hanging test.
        var patience = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(self.socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        if var size = receiveBuffer {
            setsockopt(self.socket, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(self.socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw Failed(systemError: errno) }
    }

    deinit { close(self.socket) }

    /// One request on a connection of its own.
    package static func get(_ path: String, port: Int) throws -> Answer? {
        let probe = try HTTPProbe(port: port)
        probe.send("GET \(path) HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
        return probe.answer()
    }

    package func send(_ text: String) {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(self.socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    /// The next answer; nil when the connection ended before it was complete.
    package func answer(hasBody: Bool = true) -> Answer? {
        let mark = Array("\r\n\r\n".utf8)
        var end = self.received.firstRange(of: mark)
        while end == nil {
            guard self.receive() else { return nil }
            end = self.received.firstRange(of: mark)
        }
        guard let end else { return nil }
        var lines = String(decoding: self.received[..<end.lowerBound], as: UTF8.self)
            .split(separator: "\r\n").map { String($0) }
        guard !lines.isEmpty, let status = Int(lines.removeFirst().split(separator: " ").dropFirst().first ?? "")
        else { return nil }
        var headers: [String: String] = [:]
        for line in lines {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = String(line[line.index(after: colon)...].drop { $0 == " " })
        }
        let length = hasBody ? Int(headers["content-length"] ?? "0") ?? 0 : 0
        self.received.removeSubrange(..<end.upperBound)
        while self.received.count < length {
            guard self.receive() else { return nil }
        }
        let body = String(decoding: self.received.prefix(length), as: UTF8.self)
        self.received.removeFirst(length)
        return Answer(status: status, headers: headers, body: body)
    }

    /// True once the peer has closed, and nothing more came.
    package func isClosedByPeer() -> Bool {
        !self.receive() && self.received.isEmpty
    }

    private func receive() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = recv(self.socket, &chunk, chunk.count, 0)
        guard count > 0 else { return false }
        self.received += chunk.prefix(count)
        return true
    }
}
