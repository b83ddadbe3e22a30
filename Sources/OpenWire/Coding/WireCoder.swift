/// A visitor that reads or writes frames.
protocol WireCoder: FieldVisitor {
    /// Whether throwables travel with stack trace and cause.
    var carriesStackTraces: Bool { get }
    /// Enters a nested object.
    mutating func descend() throws(OpenWireError)
    mutating func ascend()
    /// Announces array elements that are about to be read.
    mutating func claim(elements count: Int16, stride: Int) throws(OpenWireError)
    /// The part of a text that fits on the wire, for texts that may be cut.
    func fitting(_ text: WireString?) -> WireString?
}

extension WireCoder {
    func fitting(_ text: WireString?) -> WireString? { text }

    /// A throwable, whose bits and bytes follow from its fields in this order in both encodings (3.2, 4.4).
    mutating func throwable(_ value: inout WireThrowable?, _ label: StaticString) throws(OpenWireError) {
        var isPresent = value != nil
        try self.bool(&isPresent, label)
        guard isPresent else {
            value = nil
            return
        }
        try self.descend()
        var className = self.fitting(value?.className)
        var message = self.fitting(value?.message)
        var stackTrace = value?.stackTrace ?? []
        var cause = value?.cause
        try self.string(&className, "class")
        try self.string(&message, "message")
        if self.carriesStackTraces {
            try self.stackTrace(&stackTrace)
            try self.throwable(&cause, "cause")
        }
        self.ascend()
        if Self.reads {
            value = WireThrowable(className: className, message: message, stackTrace: stackTrace, cause: cause)
        }
    }

    private mutating func stackTrace(_ frames: inout [WireThrowable.StackFrame]) throws(OpenWireError) {
        var count = Int16(clamping: frames.count)
        try self.int16(&count, "stack")
        if Self.reads {
            try self.claim(elements: count, stride: MemoryLayout<WireThrowable.StackFrame>.stride)
            let blank = WireThrowable.StackFrame(className: nil, methodName: nil, fileName: nil, line: 0)
            frames = Array(repeating: blank, count: Int(count))
        }
        for index in 0..<Int(count) {
            var frame = frames[index]
            frame.className = self.fitting(frame.className)
            frame.methodName = self.fitting(frame.methodName)
            frame.fileName = self.fitting(frame.fileName)
            try self.string(&frame.className, "className")
            try self.string(&frame.methodName, "methodName")
            try self.string(&frame.fileName, "fileName")
            try self.int32(&frame.line, "lineNumber")
            if Self.reads { frames[index] = frame }
        }
    }
}
