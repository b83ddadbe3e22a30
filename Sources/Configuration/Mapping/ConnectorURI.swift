/// The URI of a connector: `scheme://host:port?option=value&option=value`.
package struct ConnectorURI: Hashable, Sendable {
    package enum Fault: Error, Hashable, Sendable {
        case malformed(String)
    }

    package let scheme: String
    package let host: String
    /// Nil where none is written.
    package let port: Int?
    package let options: [Option]

    package struct Option: Hashable, Sendable {
        package let name: String
        package let value: String
    }

    package init(_ text: String) throws(Fault) {
        guard let separator = text.firstRange(of: "://") else {
            throw .malformed("it has the form tcp://HOST:PORT")
        }
        self.scheme = text[..<separator.lowerBound].lowercased()
        let rest = text[separator.upperBound...]
        let question = rest.firstIndex(of: "?") ?? rest.endIndex
        var authority = rest[..<question]
        if authority.hasSuffix("/") { authority = authority.dropLast() }
        guard !authority.contains("/"), !authority.contains("@") else {
            throw .malformed("nothing but ?OPTION=VALUE may follow the port")
        }
        (self.host, self.port) = try Self.place(authority)
        self.options = try Self.options(rest[question...].dropFirst())
    }

    private static func place(_ authority: Substring) throws(Fault) -> (host: String, port: Int?) {
        var host = authority
        var port: Int?
        if let colon = authority.lastIndex(of: ":"), !authority[colon...].contains("]") {
            let digits = authority[authority.index(after: colon)...]
            guard let number = ValueGrammar.integer(String(digits)), (0...65_535).contains(number) else {
                throw .malformed("\"\(digits)\" is no port from 0 to 65535")
            }
            port = Int(number)
            host = authority[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") || host.contains("[") {
            throw .malformed("an IPv6 address stands in square brackets")
        }
        return (String(host), port)
    }

    private static func options(_ text: Substring) throws(Fault) -> [Option] {
        var options: [Option] = []
        for pair in text.split(separator: "&") {
            guard let equal = pair.firstIndex(of: "=") else { throw .malformed("the option \(pair) has no value") }
            let name = try self.decoded(pair[..<equal])
            options.append(Option(name: name, value: try self.decoded(pair[pair.index(after: equal)...])))
        }
        return options
    }

    /// Resolves `%20` and the like.
    private static func decoded(_ text: Substring) throws(Fault) -> String {
        var bytes: [UInt8] = []
        var iterator = text.utf8.makeIterator()
        while let byte = iterator.next() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = [iterator.next(), iterator.next()].compactMap { $0 }
            guard digits.count == 2, digits.allSatisfy({ $0 < 0x80 && Character(Unicode.Scalar($0)).isHexDigit }),
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            else { throw .malformed("% must be followed by two hexadecimal digits") }
            bytes.append(value)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .malformed("it is not UTF-8") }
        return text
    }
}
