@testable import BrokerCore

/// A message with one property of each kind and every header, for selector tests.
struct SelectorTestMessage: SelectorSource {
    var headers: [Selector.Header: SelectorValue] = [
        .destination: .string("queue://ORDERS"),
        .replyTo: .string("temp-queue://ID:host-1:1"),
        .type: .string("car"),
        .deliveryMode: .string("PERSISTENT"),
        .priority: .int(7),
        .messageID: .string("ID:host-1:1:1:1"),
        .timestamp: .long(1_700_000_000_123),
        .correlationID: .string("c-1"),
        .expiration: .long(0),
        .redelivered: .bool(true),
        .deliveryCount: .int(2),
        .groupID: .string("g1"),
        .groupSequence: .int(3),
        .groupFirstForConsumer: .bool(false),
        .userID: .string("ann"),
        .producerTransactionID: .string("TX:1"),
        .brokerInTime: .long(10),
        .brokerOutTime: .long(20),
        .brokerPath: .string("[b1]"),
    ]
    var properties: [String: SelectorValue] = [
        "yes": .bool(true), "no": .bool(false),
        "color": .string("blue"), "empty": .string(""), "quote": .string("it's"), "percent": .string("100%_x"),
        "int": .int(7), "maxInt": .int(.max), "minInt": .int(.min),
        "long": .long(5_000_000_000), "maxLong": .long(.max), "minLong": .long(.min),
        "float": .float(1.5), "tenth": .float(0.1), "double": .double(2.25), "nan": .double(.nan),
        "minusZero": .double(-0.0),
        "seven": .string("7"), "sevenAndHalf": .string("7.5"), "true": .string("shadowed"), "trueText": .string("True"),
        "bytes": .opaque, "content-type": .string("text/plain"), "größe": .int(3), "$_a1": .int(1),
        "JMSX": .int(9), "jmspriority": .string("lower case"),
    ]

    func selectorValue(of identifier: Selector.Identifier) -> SelectorValue? {
        switch identifier {
        case .header(let header): headers[header]
        case .property(let name): properties[name]
        }
    }
}
