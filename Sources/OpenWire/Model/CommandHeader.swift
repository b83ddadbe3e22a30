/// What every command begins with (reference 6.3, BaseCommand).
package struct CommandHeader: FieldList, Hashable {
    /// Per-connection counter of the sender; a response names it.
    package var commandID: Int32 = 0
    package var responseRequired = false

    package init() {}

    package init(commandID: Int32, responseRequired: Bool) {
        self.commandID = commandID
        self.responseRequired = responseRequired
    }

    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
        try visitor.int32(&self.commandID, "commandId")
        try visitor.bool(&self.responseRequired, "responseRequired")
    }
}

/// A record that is a command of its own.
protocol BaseCommand: WireRecord {
    var header: CommandHeader { get set }
}
