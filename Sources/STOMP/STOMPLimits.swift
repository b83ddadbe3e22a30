/// What one frame may cost, with ActiveMQ's defaults. Checked before memory is taken for what is announced, and while
/// bytes come in for what is not.
package struct STOMPLimits: Hashable, Sendable {
    /// Bytes of the command line.
    package var command = 1_024
    /// Bytes of one header line.
    package var headerLine = 10_240
    package var headers = 1_000
    /// Bytes of a body.
    package var body = 104_857_600
    /// Bytes of command and all header lines.
    package var head = 1_048_576

    package static let `default` = STOMPLimits()

    package init() {}
}
