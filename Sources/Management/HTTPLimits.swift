package import NIOCore

/// What the listener grants its peers. Whoever goes beyond is closed; the broker does not notice.
package struct HTTPLimits: Sendable {
    /// Connections at once; more are closed as they come.
    package var connections = 64
    /// Bytes of one request, its head included: nobody needs a body here.
    package var requestBytes = 16 * 1024
    package var headerFields = 64
    /// From the connection to the end of the first request.
    package var request = TimeAmount.seconds(10)
    /// From an answer to the end of the next request.
    package var idle = TimeAmount.seconds(90)
    /// Until the peer has taken an answer.
    package var answer = TimeAmount.seconds(10)
    /// Until the files behind `/status` were read; then the answer says that the storage hangs.
    package var status = TimeAmount.seconds(3)
    /// For so long an answer of `/status` serves those who ask again.
    package var statusFreshness = TimeAmount.milliseconds(500)

    package init() {}
}
