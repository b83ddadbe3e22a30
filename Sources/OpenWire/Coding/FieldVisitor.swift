/// Walks the fields of a data structure in wire order.
///
/// Each structure states its order once, in `visit`, and reading and writing, loose and tight, every version and the
/// object cache follow from it: a reader assigns what it is handed, a writer leaves it as it is. Labels are the names
/// of the reference (section 6) and only serve descriptions.
protocol FieldVisitor {
    /// The protocol version whose fields travel.
    var version: Int32 { get }
    /// Whether this visitor assigns the fields.
    static var reads: Bool { get }

    mutating func bool(_ value: inout Bool, _ label: StaticString) throws(OpenWireError)
    mutating func int8(_ value: inout Int8, _ label: StaticString) throws(OpenWireError)
    mutating func int16(_ value: inout Int16, _ label: StaticString) throws(OpenWireError)
    mutating func int32(_ value: inout Int32, _ label: StaticString) throws(OpenWireError)
    mutating func long(_ value: inout Int64, _ label: StaticString) throws(OpenWireError)
    mutating func string(_ value: inout WireString?, _ label: StaticString) throws(OpenWireError)
    mutating func bytes(_ value: inout [UInt8]?, _ label: StaticString) throws(OpenWireError)
    /// Eight bytes without a prefix.
    mutating func raw8(_ value: inout UInt64, _ label: StaticString) throws(OpenWireError)
    mutating func object<T: WireObject>(_ value: inout T?, _ label: StaticString) throws(OpenWireError)
    /// A field that takes part in the object cache where that was negotiated (section 5).
    mutating func cached<T: CacheableObject>(_ value: inout T?, _ label: StaticString) throws(OpenWireError)
    mutating func objects<T: WireObject>(_ value: inout [T?]?, _ label: StaticString) throws(OpenWireError)
    mutating func throwable(_ value: inout WireThrowable?, _ label: StaticString) throws(OpenWireError)
}

/// Fields in wire order.
protocol FieldList: Sendable {
    init()
    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError)
}

/// What a field of kind `object` can hold: a type byte and the fields of that type.
protocol WireObject: Sendable {
    var typeCode: UInt8 { get }
    /// Reads the fields of `type`.
    /// - Throws: ``OpenWireError/unexpectedType(_:)`` where the field cannot hold that type.
    static func build<V: FieldVisitor>(type: UInt8, with visitor: inout V) throws(OpenWireError) -> Self
    /// Hands the fields to a visitor that does not assign.
    func walk<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError)
}

/// What a field of kind `cached` can hold.
protocol CacheableObject: WireObject {
    /// The cached object, nil where the slot holds null or what this field cannot hold.
    static func cached(_ entry: CacheEntry) -> Self?
    var cacheEntry: CacheEntry { get }
}

/// A structure of one type with its fields.
protocol WireRecord: FieldList, WireObject {
    static var typeCode: UInt8 { get }
    /// First protocol version that knows the type.
    static var since: Int32 { get }
}

extension WireRecord {
    static var since: Int32 { 1 }

    var typeCode: UInt8 { Self.typeCode }

    static func build<V: FieldVisitor>(type: UInt8, with visitor: inout V) throws(OpenWireError) -> Self {
        guard type == self.typeCode else { throw .unexpectedType(type) }
        guard visitor.version >= self.since else { throw .typeNotInVersion(type: type, version: visitor.version) }
        var record = Self()
        try record.visit(&visitor)
        return record
    }

    func walk<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
        guard visitor.version >= Self.since else {
            throw .typeNotInVersion(type: Self.typeCode, version: visitor.version)
        }
        // A writer only reads through `inout`; the copy costs a retain per reference, and no allocation.
        var fields = self
        try fields.visit(&visitor)
    }
}

/// A structure that many frames share: an immutable object around its fields, so that a cache hit is a retain.
protocol SharedRecord: AnyObject, WireObject, CacheableObject, Hashable {
    associatedtype Fields: FieldList & Hashable
    static var typeCode: UInt8 { get }
    var fields: Fields { get }
    /// The hash of `fields`, taken once: sending looks every shared record up in the object cache.
    var hash: Int { get }
    init(fields: Fields)
}

extension SharedRecord {
    package static func == (a: Self, b: Self) -> Bool {
        a === b || (a.hash == b.hash && a.fields == b.fields)
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(self.hash) }

    var typeCode: UInt8 { Self.typeCode }

    static func build<V: FieldVisitor>(type: UInt8, with visitor: inout V) throws(OpenWireError) -> Self {
        guard type == self.typeCode else { throw .unexpectedType(type) }
        var fields = Fields()
        try fields.visit(&visitor)
        return Self(fields: fields)
    }

    func walk<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
        var fields = self.fields
        try fields.visit(&visitor)
    }
}
