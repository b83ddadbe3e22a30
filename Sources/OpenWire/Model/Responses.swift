/// Answers to commands that asked for one (reference 6.5).

/// Response (30).
package struct Response: BaseCommand {
    package var header = CommandHeader()
    /// The command id that is answered.
    package var correlationID: Int32 = 0

    package init() {}

    package init(correlationID: Int32) {
        self.correlationID = correlationID
    }

    static let typeCode: UInt8 = 30

    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
        try self.header.visit(&visitor)
        try visitor.int32(&self.correlationID, "correlationId")
    }
}

/// ExceptionResponse (31).
package struct ExceptionResponse: BaseCommand {
    package var header = CommandHeader()
    package var correlationID: Int32 = 0
    package var exception: WireThrowable?

    package init() {}

    package init(correlationID: Int32, exception: WireThrowable) {
        self.correlationID = correlationID
        self.exception = exception
    }

    static let typeCode: UInt8 = 31

    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
        try self.header.visit(&visitor)
        try visitor.int32(&self.correlationID, "correlationId")
        try visitor.throwable(&self.exception, "exception")
    }
}

/// DataResponse (32), unused.
package struct DataResponse: BaseCommand {
    package var header = CommandHeader()
    package var correlationID: Int32 = 0
    package var data: OpenWireCommand?

    package init() {}

    static let typeCode: UInt8 = 32

    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
        try self.header.visit(&visitor)
        try visitor.int32(&self.correlationID, "correlationId")
        try visitor.object(&self.data, "data")
    }
}

/// DataArrayResponse (33): the answer to RECOVER.
package struct DataArrayResponse: BaseCommand {
    package var header = CommandHeader()
    package var correlationID: Int32 = 0
    package var data: [OpenWireCommand?]?

    package init() {}

    package init(correlationID: Int32, data: [OpenWireCommand]) {
        self.correlationID = correlationID
        self.data = data
    }

    static let typeCode: UInt8 = 33

    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
        try self.header.visit(&visitor)
        try visitor.int32(&self.correlationID, "correlationId")
        try visitor.objects(&self.data, "data")
    }
}

/// IntegerResponse (34): the answer to PREPARE.
package struct IntegerResponse: BaseCommand {
    package var header = CommandHeader()
    package var correlationID: Int32 = 0
    package var result: Int32 = 0

    package init() {}

    package init(correlationID: Int32, result: Int32) {
        self.correlationID = correlationID
        self.result = result
    }

    static let typeCode: UInt8 = 34

    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
        try self.header.visit(&visitor)
        try visitor.int32(&self.correlationID, "correlationId")
        try visitor.int32(&self.result, "result")
    }
}
