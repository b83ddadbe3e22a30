/// A compiled message selector (JMS 1.1 §3.8.1): the condition by which a consumer picks its messages.
///
/// The language is that of ActiveMQ Classic, and its results are too, except for these, all of them deliberate:
/// - Text after the end of the condition is an error. ActiveMQ ignores it, and so the half that was meant to matter.
/// - A comparison with a missing value is unknown on whichever side it stands, and so is the comparison of two
///   missing values, as JMS says. ActiveMQ takes `5 <> missing` and `missing = gone` for true.
/// - `NOT a = 1` is `NOT (a = 1)`, as in SQL. ActiveMQ reads `(NOT a) = 1`, which is hardly ever true.
/// - Strings have no order (JMS); `a < b` with two strings is false. ActiveMQ compares code units.
/// - Arithmetic on what is no number is unknown. ActiveMQ throws while it dispatches.
/// - The remainder of integers is an integer. ActiveMQ makes it a double, inexact beyond 2^53.
/// - A literal with an L is a long, and one beyond the range of a long is an error. ActiveMQ narrows the one where it
///   fits an int, and compares nothing with the other.
/// - Zero is equal to minus zero and NaN to nothing, as Java's own operators have it.
/// - With string conversion, `'7.5' > 7` is true. ActiveMQ reads a string only as the type of the other side.
/// - Identifiers may be any Java identifier, or anything at all in double quotes (`"content-type"`).
/// - XPATH, XQUERY and function calls are refused by name.
///
/// Two selectors are equal when their texts are.
package struct Selector: Sendable, Hashable {
    /// The text as given, prefix included.
    package let text: String
    let program: SelectorProgram

    /// Compiles `text`. A blank text is an error; that it means "no selector" (JMS) is the caller's to apply.
    package init(parsing text: String) throws(SelectorError) {
        try self.init(parsing: text, limits: .default)
    }

    package init(parsing text: String, limits: SelectorLimits) throws(SelectorError) {
        var parser = try SelectorParser(text, limits: limits)
        self.program = try parser.parse()
        self.text = text
    }

    /// True if the condition is true of `message`; false and unknown both mean that it is not for this consumer.
    package func matches(_ message: some SelectorSource) -> Bool {
        program.truth(at: program.root, message) == true
    }

    /// The condition's value by three-valued logic; nil is "unknown".
    package func evaluate(_ message: some SelectorSource) -> Bool? {
        program.truth(at: program.root, message)
    }

    /// Everything the condition may ask of a message, in order of mention.
    package var identifiers: [Identifier] {
        program.identifiers
    }

    package static func == (left: Selector, right: Selector) -> Bool {
        left.program === right.program || left.text.utf8.elementsEqual(right.text.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(text)
    }
}

extension Selector {
    /// What a selector can ask a message for.
    package enum Identifier: Hashable, Sendable {
        case header(Header)
        case property(String)

        /// The header of that name if there is one, else the property. Names are case-sensitive.
        package init(named name: String) {
            if let header = Header(rawValue: name) {
                self = .header(header)
            } else {
                self = .property(name)
            }
        }
    }

    /// The names that stand for fields of the message and never for properties, as ActiveMQ has them.
    package enum Header: String, Hashable, Sendable, CaseIterable {
        /// String, `queue://NAME` or the like: the original destination if there is one, else the destination.
        case destination = "JMSDestination"
        /// String, like the destination.
        case replyTo = "JMSReplyTo"
        case type = "JMSType"
        /// String, `PERSISTENT` or `NON_PERSISTENT`.
        case deliveryMode = "JMSDeliveryMode"
        /// Int, 0 to 9.
        case priority = "JMSPriority"
        case messageID = "JMSMessageID"
        /// Long, milliseconds of Unix time.
        case timestamp = "JMSTimestamp"
        case correlationID = "JMSCorrelationID"
        /// Long, milliseconds of Unix time, 0 for never.
        case expiration = "JMSExpiration"
        /// Bool.
        case redelivered = "JMSRedelivered"
        /// Int, redeliveries + 1.
        case deliveryCount = "JMSXDeliveryCount"
        case groupID = "JMSXGroupID"
        /// Int.
        case groupSequence = "JMSXGroupSeq"
        /// Bool.
        case groupFirstForConsumer = "JMSXGroupFirstForConsumer"
        /// String: the authenticated user if known, else the property of that name.
        case userID = "JMSXUserID"
        case producerTransactionID = "JMSXProducerTXID"
        /// Long, milliseconds of Unix time.
        case brokerInTime = "JMSActiveMQBrokerInTime"
        /// Long, milliseconds of Unix time.
        case brokerOutTime = "JMSActiveMQBrokerOutTime"
        case brokerPath = "JMSActiveMQBrokerPath"
    }
}

/// A message as selectors see it.
package protocol SelectorSource {
    /// The value, or nil where the message has none (the null of JMS).
    func selectorValue(of identifier: Selector.Identifier) -> SelectorValue?
}

/// A value in a selector. Bytes and shorts are ints here, as Java promotes them.
package enum SelectorValue: Sendable, Hashable {
    case bool(Bool)
    case int(Int32)
    case long(Int64)
    case float(Float)
    case double(Double)
    case string(String)
    /// There is a value, but of a type that equals nothing (char, bytes, map, list). It is not null.
    case opaque
}

/// What keeps a hostile selector from costing much: all work is linear in the text, and the stack is bounded.
package struct SelectorLimits: Sendable {
    /// In bytes of UTF-8. OpenWire cannot carry a longer one.
    package var length = 65_535
    /// Of parentheses, signs and NOTs within each other, and of operators without parentheses (`1+1+1+…`).
    /// Any number of terms joined by AND or by OR counts as one level.
    package var depth = 100
    /// In characters of one LIKE pattern.
    package var patternLength = 1_024

    package static let `default` = SelectorLimits()

    package init() {}
}
