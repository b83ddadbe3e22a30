import Glibc
import NIOCore

/// A client with a plain blocking socket that sends and awaits text.
final class TextClient {
    struct Refused: Error {
        let systemError: Int32
    }

    private let socket: Int32
    private var received: [UInt8] = []

    init(port: Int) throws {
        self.socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        // No answer for so long is a failure, not a hanging test.
        var patience = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(self.socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(self.socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw Refused(systemError: errno) }
    }

    deinit { Glibc.close(self.socket) }

    func send(_ text: String) throws { try self.send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(self.socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { throw Refused(systemError: errno) }
            rest = rest.dropFirst(count)
        }
    }

    /// Everything up to and with the next `end`.
    func read(until end: String) throws -> String {
        while true {
            if let found = self.find(Array(end.utf8)) {
                defer { self.received.removeFirst(found) }
                return String(decoding: self.received[..<found], as: UTF8.self)
            }
            guard try self.readMore() else { throw Refused(systemError: 0) }
        }
    }

    func read(count: Int) throws -> [UInt8] {
        while self.received.count < count { guard try self.readMore() else { throw Refused(systemError: 0) } }
        defer { self.received.removeFirst(count) }
        return Array(self.received[..<count])
    }

    /// Everything up to the end of the stream.
    func readToEnd() throws -> String {
        while try self.readMore() {}
        defer { self.received = [] }
        return String(decoding: self.received, as: UTF8.self)
    }

    private func find(_ end: [UInt8]) -> Int? {
        guard self.received.count >= end.count else { return nil }
        for start in 0...(self.received.count - end.count) where self.received[start...].starts(with: end) {
            return start + end.count
        }
        return nil
    }

    private func readMore() throws -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = recv(self.socket, &chunk, chunk.count, 0)
        if count < 0, errno != ECONNRESET { throw Refused(systemError: errno) }
        guard count > 0 else { return false }
        self.received += chunk.prefix(count)
        return true
    }
}
