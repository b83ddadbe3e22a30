import Glibc
import NIOCore
import OpenWire
import Testing

/// A client with a plain blocking socket, so that a test needs no event loop of its own.
final class RawClient {
    /// The broker did not let us in, or let us go. The error number is 0 for the end of the stream.
    struct Refused: Error {
        let systemError: Int32
    }

    private let socket: Int32
    private var encoder = OpenWireEncoder()
    private var decoder: OpenWireDecoder
    private var received = ByteBuffer()
    private let name: String

    /// Connects and says nothing yet.
    init(port: Int, name: String) throws {
        self.name = name
        self.decoder = OpenWireDecoder(local: WireFormatSettings())
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

    /// Handshake, connection and session.
    func open() throws {
        let local = WireFormatSettings()
        try self.send([.wireFormatInfo(try local.info())])
        _ = try self.next()
        self.encoder = OpenWireEncoder(format: WireFormat.negotiated(local, local))
        var connection = ConnectionInfo()
        connection.header = CommandHeader(commandID: 1, responseRequired: true)
        connection.connectionID = WireConnectionID(WireString(self.name))
        connection.clientID = WireString(self.name)
        var session = SessionInfo()
        session.header = CommandHeader(commandID: 2, responseRequired: true)
        session.sessionID = WireSessionID(connectionID: WireString(self.name), value: 1)
        try self.send([.connectionInfo(connection), .sessionInfo(session)])
        try self.awaitResponse(to: 2)
    }

    func addConsumer(on queue: String, prefetch: Int32) throws {
        var consumer = ConsumerInfo()
        consumer.header = CommandHeader(commandID: 3, responseRequired: true)
        consumer.consumerID = WireConsumerID(connectionID: WireString(self.name), sessionID: 1, value: 1)
        consumer.destination = WireDestination(.queue, WireString(queue))
        consumer.prefetchSize = prefetch
        try self.send([.consumerInfo(consumer)])
        try self.awaitResponse(to: 3)
    }

    /// Messages with the numbers as their producer's sequence, the last one answered by the broker.
    func produce(_ numbers: ClosedRange<Int64>, to queue: String) throws {
        let id = WireProducerID(connectionID: WireString(self.name), sessionID: 1, value: 1)
        var producer = ProducerInfo()
        producer.header = CommandHeader(commandID: 4, responseRequired: true)
        producer.producerID = id
        try self.send([.producerInfo(producer)])
        try self.awaitResponse(to: 4)
        try self.send(
            numbers.map { number in
                var message = WireMessage(kind: .bytes)
                message.header = CommandHeader(commandID: 5, responseRequired: number == numbers.upperBound)
                message.producerID = id
                message.destination = WireDestination(.queue, WireString(queue))
                message.messageID = WireMessageID(producerID: id, producerSequenceID: number)
                message.content = [UInt8](repeating: 7, count: 100)
                return .message(message)
            })
        try self.awaitResponse(to: 5)
    }

    /// The producer's numbers of the next messages.
    func receive(_ count: Int) throws -> [Int64] {
        var numbers: [Int64] = []
        while numbers.count < count {
            guard case .messageDispatch(let dispatch) = try self.next() else { continue }
            numbers.append(dispatch.message?.messageID?.producerSequenceID ?? -1)
        }
        return numbers
    }

    /// Whether the broker closed the socket, after whatever it said before.
    func awaitClose() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(self.socket, &chunk, chunk.count, 0)
            if count > 0 { continue }
            return count == 0 || errno == ECONNRESET
        }
    }

    func awaitResponse(to command: Int32) throws {
        while true {
            switch try self.next() {
            case .response(let response) where response.correlationID == command: return
            case .exceptionResponse(let response):
                Issue.record("\(String(describing: response.exception))")
                return
            default: continue
            }
        }
    }

    func next() throws -> OpenWireCommand {
        while true {
            if let command = try self.decoder.decode(buffer: &self.received) { return command }
            var chunk = [UInt8](repeating: 0, count: 65_536)
            let count = recv(self.socket, &chunk, chunk.count, 0)
            guard count > 0 else { throw Refused(systemError: count < 0 ? errno : 0) }
            self.received.writeBytes(chunk.prefix(count))
        }
    }

    func send(_ commands: [OpenWireCommand]) throws {
        var buffer = ByteBuffer()
        for command in commands { try self.encoder.encode(command, into: &buffer) }
        let bytes = Array(buffer.readableBytesView)
        var done = 0
        while done < bytes.count {
            let count = bytes[done...].withUnsafeBytes {
                Glibc.send(self.socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Refused(systemError: errno) }
            done += count
        }
    }
}
