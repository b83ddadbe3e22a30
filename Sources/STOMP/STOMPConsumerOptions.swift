import BrokerCore

/// What SUBSCRIBE says about its consumer: ActiveMQ's defaults, the headers `selector`, `browser` and `activemq.*`, and
/// the `?consumer.*` options of the destination, which weigh less than headers.
enum STOMPConsumerOptions {
    private static let queuePrefetch: Int32 = 1_000
    private static let topicPrefetch: Int32 = 32_767
    private static let durablePrefetch: Int32 = 100
    private static let browserPrefetch: Int32 = 500

    static func request(
        _ frame: STOMPFrame, _ consumer: ConsumerID, _ named: STOMPDestinations.Named, _ version: STOMPVersion
    ) throws(STOMPSessionFault) -> ConsumerRequest {
        let isQueue = named.destination.isQueue
        var request = ConsumerRequest(
            id: consumer, destination: named.destination, prefetch: isQueue ? self.queuePrefetch : self.topicPrefetch)
        request.isDispatchAsync = true
        var options = named.options
        for header in frame.headers.reversed() where header.name.hasPrefix("activemq.") {
            options.append(STOMPHeader(String(header.name.dropFirst("activemq.".count)), header.value))
        }
        if options.contains(where: { $0.name == "subscriptionName" || $0.name == "subcriptionName" }), !isQueue {
            request.prefetch = self.durablePrefetch
        }
        if frame["browser"] == "true" {
            guard version > .v10 else { throw .browserInVersion10 }
            guard isQueue else { throw .browserOnTopic }
            request.isBrowser = true
            request.prefetch = self.browserPrefetch
        }
        if let selector = frame["selector"] { request.selector = self.converting(selector) }
        for option in options { try self.apply(option, to: &request) }
        if isQueue, request.subscriptionName != nil { throw .durableOnQueue }
        return request
    }

    /// Headers are all strings: their numbers compare as numbers.
    private static func converting(_ selector: String) -> String? {
        selector.utf8.contains { $0 > 0x20 } ? "convert_string_expressions:" + selector : nil
    }

    private static func apply(_ option: STOMPHeader, to request: inout ConsumerRequest) throws(STOMPSessionFault) {
        switch option.name {
        case "prefetchSize": request.prefetch = max(0, try self.number(option))
        case "maximumPendingMessageLimit": request.maximumPending = max(0, try self.number(option))
        case "priority": request.priority = try self.number(option)
        case "exclusive": request.isExclusive = option.value == "true"
        case "noLocal": request.isNoLocal = option.value == "true"
        case "retroactive": request.isRetroactive = option.value == "true"
        case "dispatchAsync": request.isDispatchAsync = option.value == "true"
        case "subscriptionName", "subcriptionName": request.subscriptionName = option.value
        case "selector": if request.selector == nil { request.selector = self.converting(option.value) }
        default: break
        }
    }

    private static func number<Number: FixedWidthInteger>(
        _ option: STOMPHeader
    ) throws(STOMPSessionFault) -> Number {
        guard let number = Number(STOMPText.trimmed(option.value[...])) else {
            throw .invalidHeader("activemq." + option.name, value: option.value, of: .subscribe)
        }
        return number
    }
}
