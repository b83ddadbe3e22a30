@testable import OpenWire

/// Writes a structure down as the comments of the vectors do.
struct DescribingVisitor: FieldVisitor {
    static var reads: Bool { false }
    let version: Int32
    private var members: [String: JSON] = [:]

    init(version: Int32) {
        self.version = version
    }

    /// The JSON of a command, with `(properties)` and, where the content is not compressed, `(body)`.
    static func describe(_ object: some WireObject, version: Int32) throws(OpenWireError) -> JSON {
        var visitor = DescribingVisitor(version: version)
        try object.walk(&visitor)
        visitor.members["@"] = .string(Self.name(of: object.typeCode))
        visitor.addBody(type: object.typeCode)
        return .object(visitor.members)
    }

    mutating func bool(_ value: inout Bool, _ label: StaticString) { self.members[label.description] = .bool(value) }
    mutating func int8(_ value: inout Int8, _ label: StaticString) {
        self.members[label.description] = .int(Int64(value))
    }
    mutating func int16(_ value: inout Int16, _ label: StaticString) {
        self.members[label.description] = .int(Int64(value))
    }
    mutating func int32(_ value: inout Int32, _ label: StaticString) {
        self.members[label.description] = .int(Int64(value))
    }
    mutating func long(_ value: inout Int64, _ label: StaticString) { self.members[label.description] = .int(value) }

    mutating func raw8(_ value: inout UInt64, _ label: StaticString) {
        self.members[label.description] = .string("hex:\(withUnsafeBytes(of: value.bigEndian) { Array($0) }.hex)")
    }

    mutating func string(_ value: inout WireString?, _ label: StaticString) {
        self.members[label.description] = Self.json(value)
    }

    mutating func bytes(_ value: inout [UInt8]?, _ label: StaticString) {
        let isProperties = label.description == "marshalledProperties"
        if isProperties, let value, let map = self.attempt({ try PrimitiveMap.decode(value) }) {
            self.members["(properties)"] = Self.json(map)
        } else {
            self.members[label.description] = value.map { .string("hex:\($0.hex)") } ?? .null
        }
    }

    mutating func object<T: WireObject>(_ value: inout T?, _ label: StaticString) throws(OpenWireError) {
        self.members[label.description] = try self.json(value)
    }

    mutating func cached<T: CacheableObject>(_ value: inout T?, _ label: StaticString) throws(OpenWireError) {
        self.members[label.description] = try self.json(value)
    }

    mutating func objects<T: WireObject>(_ value: inout [T?]?, _ label: StaticString) throws(OpenWireError) {
        guard let value else { return }
        var elements: [JSON] = []
        for element in value { elements.append(try self.json(element)) }
        self.members[label.description] = .array(elements)
    }

    mutating func throwable(_ value: inout WireThrowable?, _ label: StaticString) {
        self.members[label.description] = Self.json(value)
    }

    private func json<T: WireObject>(_ object: T?) throws(OpenWireError) -> JSON {
        guard let object else { return .null }
        return try Self.describe(object, version: self.version)
    }

    private static func json(_ text: WireString?) -> JSON { text.map { .string($0.text) } ?? .null }

    private static func json(_ throwable: WireThrowable?) -> JSON {
        guard let throwable else { return .null }
        let stack = throwable.stackTrace.map { frame in
            JSON.array([
                self.json(frame.className), self.json(frame.methodName), self.json(frame.fileName),
                .int(Int64(frame.line)),
            ])
        }
        return .object([
            "@": .string("Throwable"), "class": self.json(throwable.className),
            "message": self.json(throwable.message), "stack": .array(stack), "cause": self.json(throwable.cause),
        ])
    }

    // MARK: Properties and bodies

    private static func json(_ map: PrimitiveMap) -> JSON {
        var members: [String: JSON] = [:]
        for entry in map.entries { members[entry.key.text] = self.json(entry.value) }
        return .object(members)
    }

    private static func json(_ value: PrimitiveValue) -> JSON {
        switch value {
        case .null: .null
        case .bool(let value): .array([.string("bool"), .bool(value)])
        case .byte(let value): .array([.string("byte"), .int(Int64(value))])
        case .char(let value): .array([.string("char"), .string(String(decoding: [value], as: UTF16.self))])
        case .short(let value): .array([.string("short"), .int(Int64(value))])
        case .int(let value): .array([.string("int"), .int(Int64(value))])
        case .long(let value): .array([.string("long"), .int(value)])
        case .double(let value): .array([.string("double"), .double(value)])
        case .float(let value): .array([.string("float"), .double(Double(value))])
        case .string(let value): .array([.string("string"), .string(value.text)])
        case .bytes(let value): .array([.string("bytes"), .string(value.hex)])
        case .map(let value): .array([.string("map"), self.json(value)])
        case .list(let values): .array([.string("list"), .array(values.map(self.json))])
        case .bigString(let value): .array([.string("bigstring"), .string(value.text)])
        }
    }

    private mutating func addBody(type: UInt8) {
        guard let content = self.content, self.members["compressed"] != .bool(true) else { return }
        switch type {
        case WireMessageKind.text.rawValue:
            let text = content.dropFirst(4)
            self.members["(body)"] = .array([
                .string("text"), .string(text.withUnsafeBytes { WireString(modifiedUTF8: $0).text }),
            ])
        case WireMessageKind.map.rawValue:
            guard let map = self.attempt({ try PrimitiveMap.decode(content) }) else { return }
            self.members["(body)"] = .array([.string("map"), Self.json(map)])
        case WireMessageKind.stream.rawValue:
            guard let values = self.attempt({ try PrimitiveValue.decodeSequence(content) }) else { return }
            self.members["(body)"] = .array([.string("stream"), .array(values.map(Self.json))])
        default: break
        }
    }

    private var content: [UInt8]? {
        guard case .string(let text) = self.members["content"] else { return nil }
        return [UInt8](hex: String(text.dropFirst(4)))
    }

    /// Nil for null as well as for bytes that are no map, which the synthetic messages carry.
    private func attempt<T>(_ decode: () throws -> T?) -> T? {
        do { return try decode() } catch { return nil }
    }

    private static func name(of type: UInt8) -> String { Self.names[type] ?? "type \(type)" }

    static let names: [UInt8: String] = [
        1: "WireFormatInfo", 2: "BrokerInfo", 3: "ConnectionInfo", 4: "SessionInfo", 5: "ConsumerInfo",
        6: "ProducerInfo", 7: "TransactionInfo", 8: "DestinationInfo", 9: "RemoveSubscriptionInfo",
        10: "KeepAliveInfo", 11: "ShutdownInfo", 12: "RemoveInfo", 14: "ControlCommand", 15: "FlushCommand",
        16: "ConnectionError", 17: "ConsumerControl", 18: "ConnectionControl", 19: "ProducerAck", 20: "MessagePull",
        21: "MessageDispatch", 22: "MessageAck", 23: "ActiveMQMessage", 24: "ActiveMQBytesMessage",
        25: "ActiveMQMapMessage", 26: "ActiveMQObjectMessage", 27: "ActiveMQStreamMessage",
        28: "ActiveMQTextMessage", 29: "ActiveMQBlobMessage", 30: "Response", 31: "ExceptionResponse",
        32: "DataResponse", 33: "DataArrayResponse", 34: "IntegerResponse", 40: "DiscoveryEvent",
        50: "JournalTopicAck", 52: "JournalQueueAck", 53: "JournalTrace", 54: "JournalTransaction",
        55: "SubscriptionInfo", 60: "PartialCommand", 61: "LastPartialCommand", 65: "ReplayCommand",
        90: "MessageDispatchNotification", 91: "NetworkBridgeFilter", 92: "BrokerSubscriptionInfo",
        100: "ActiveMQQueue", 101: "ActiveMQTopic", 102: "ActiveMQTempQueue", 103: "ActiveMQTempTopic",
        110: "MessageId", 111: "LocalTransactionId", 112: "XATransactionId", 120: "ConnectionId", 121: "SessionId",
        122: "ConsumerId", 123: "ProducerId", 124: "BrokerId",
    ]
}
