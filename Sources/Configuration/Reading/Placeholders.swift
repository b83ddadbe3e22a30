/// Puts values in the place of `${name}` and `${name:what to use where name has no value}`.
///
/// Names are looked up in this order: property files that the configuration names, definitions of the command line,
/// `activemq.base`, `activemq.conf`, `activemq.data`, `activemq.home` and `user.dir`, then the environment.
package struct Placeholders: Sendable {
    private var definitions: [String: String]
    private var properties: [String: String] = [:]
    private let environment: @Sendable (String) -> String?

    /// What one value may become.
    private static let longest = 64 * 1024
    private static let deepest = 8

    /// - Parameters:
    ///   - definitions: Values by name; they come before the environment.
    package init(
        _ definitions: [String: String] = [:], environment: @escaping @Sendable (String) -> String? = { _ in nil }
    ) {
        self.definitions = definitions
        self.environment = environment
    }

    /// Where ActiveMQ keeps things, by the names of its start script: the environment's `ACTIVEMQ_BASE`,
    /// `ACTIVEMQ_CONF`, `ACTIVEMQ_DATA` and `ACTIVEMQ_HOME` where they are set.
    ///
    /// Else `activemq.conf` is the directory of the file; `activemq.base` is the one that holds `conf` where the file is
    /// in a directory of this name, and the working directory where it is not; `activemq.data` is `data` in that.
    package static func standard(
        file: String, definitions: [String: String], environment: @escaping @Sendable (String) -> String?
    ) -> Placeholders {
        var values = definitions
        func value(_ name: String, _ variable: String, _ standard: String) -> String {
            if let value = values[name] { return value }
            let value = environment(variable).flatMap { $0.isEmpty ? nil : $0 } ?? standard
            values[name] = value
            return value
        }
        let directory = self.directory(of: file)
        let conf = value("activemq.conf", "ACTIVEMQ_CONF", directory)
        let isConf = conf == "conf" || conf.hasSuffix("/conf")
        let base = value("activemq.base", "ACTIVEMQ_BASE", isConf ? self.directory(of: conf) : ".")
        _ = value("activemq.home", "ACTIVEMQ_HOME", base)
        _ = value("activemq.data", "ACTIVEMQ_DATA", base.hasSuffix("/") ? base + "data" : base + "/data")
        _ = value("user.dir", "PWD", ".")
        return Placeholders(values, environment: environment)
    }

    private static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Adds what a property file says; a later file comes before an earlier one.
    package mutating func add(_ properties: [String: String]) {
        self.properties.merge(properties) { _, new in new }
    }

    /// What is wrong with a value that holds placeholders.
    package enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
        case unknown(String)
        case unclosed
        case tooMuch

        package var description: String {
            switch self {
            case .unknown(let name):
                "${\(name)} has no value: give it one with -D\(name)=VALUE or in the environment, or write "
                    + "${\(name):VALUE}"
            case .unclosed: "${ is not closed with }"
            case .tooMuch: "what the placeholders stand for is too long, or refers to itself"
            }
        }
    }

    package func resolve(_ text: String) throws(Failure) -> String { try self.resolve(text[...], depth: 0) }

    private func resolve(_ text: Substring, depth: Int) throws(Failure) -> String {
        guard depth <= Self.deepest else { throw .tooMuch }
        var result = ""
        var rest = text
        while let start = rest.firstRange(of: "${") {
            result += rest[..<start.lowerBound]
            guard let end = self.end(of: rest[start.upperBound...]) else { throw .unclosed }
            // A name may itself contain placeholders.
            let inside = try self.resolve(rest[start.upperBound..<end], depth: depth + 1)
            result += try self.value(inside, depth: depth)
            guard result.utf8.count <= Self.longest else { throw .tooMuch }
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }

    /// The place of the `}` that belongs to an open `${`.
    private func end(of text: Substring) -> String.Index? {
        var open = 0
        var index = text.startIndex
        while index < text.endIndex {
            if text[index...].hasPrefix("${") {
                open += 1
            } else if text[index] == "}" {
                if open == 0 { return index }
                open -= 1
            }
            index = text.index(after: index)
        }
        return nil
    }

    private func value(_ inside: String, depth: Int) throws(Failure) -> String {
        if let value = self.lookUp(inside) { return try self.resolve(value[...], depth: depth + 1) }
        guard let colon = inside.firstIndex(of: ":") else { throw .unknown(inside) }
        let name = String(inside[..<colon])
        if let value = self.lookUp(name) { return try self.resolve(value[...], depth: depth + 1) }
        return String(inside[inside.index(after: colon)...])
    }

    private func lookUp(_ name: String) -> String? {
        self.properties[name] ?? self.definitions[name] ?? self.environment(name)
    }
}
