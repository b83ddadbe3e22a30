/// A Java exception as it travels (reference 3.2, 4.4): a class name, a message and, where stack traces were
/// negotiated, the trace and the cause.
///
/// Send `javax.jms` class names to clients of every version (21.1).
package final class WireThrowable: Sendable, Hashable {
    package struct StackFrame: Sendable, Hashable {
        package var className: WireString?
        package var methodName: WireString?
        package var fileName: WireString?
        package var line: Int32

        package init(className: WireString?, methodName: WireString?, fileName: WireString?, line: Int32) {
            self.className = className
            self.methodName = methodName
            self.fileName = fileName
            self.line = line
        }
    }

    package let className: WireString?
    package let message: WireString?
    package let stackTrace: [StackFrame]
    package let cause: WireThrowable?

    package init(
        className: WireString?, message: WireString?, stackTrace: [StackFrame] = [], cause: WireThrowable? = nil
    ) {
        self.className = className
        self.message = message
        self.stackTrace = stackTrace
        self.cause = cause
    }

    package static func == (a: WireThrowable, b: WireThrowable) -> Bool {
        a === b
            || (a.className == b.className && a.message == b.message && a.stackTrace == b.stackTrace
                && a.cause == b.cause)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(self.className)
        hasher.combine(self.message)
    }
}
