package import Election

/// Writes the Prometheus text format 0.0.4.
///
///     page   = family*
///     family = "# HELP " name " " help "\n" "# TYPE " name " " type "\n" sample+
///     sample = name [ "{" label "=\"" value "\"" ("," ...)* "}" ] " " number "\n"
///
/// A family without samples is left out. Label values and help are escaped as the format asks.
package struct PrometheusText {
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    package typealias Label = (name: String, value: String)

    package private(set) var text = ""

    package init() {}

    package mutating func gauge(_ name: String, _ help: String, _ value: Double?, _ labels: [Label] = []) {
        guard let value else { return }
        self.family(name, help, "gauge", [(labels, value)])
    }

    package mutating func gauge(_ name: String, _ help: String, each samples: [(labels: [Label], value: Double)]) {
        self.family(name, help, "gauge", samples)
    }

    package mutating func counter(_ name: String, _ help: String, _ value: Int64?) {
        guard let value else { return }
        self.family(name, help, "counter", [([], Double(value))])
    }

    package mutating func counter(_ name: String, _ help: String, each samples: [(labels: [Label], value: Int64)]) {
        self.family(name, help, "counter", samples.map { ($0.labels, Double($0.value)) })
    }

    /// In seconds, with cumulative buckets.
    package mutating func histogram(_ name: String, _ help: String, _ histogram: DurationHistogram) {
        self.head(name, help, "histogram")
        var below: Int64 = 0
        for (bound, count) in zip(histogram.bounds, histogram.counts) {
            below += count
            self.sample("\(name)_bucket", [("le", Self.number(bound.inSeconds))], Double(below))
        }
        self.sample("\(name)_bucket", [("le", "+Inf")], Double(histogram.count))
        self.sample("\(name)_sum", [], histogram.sum.inSeconds)
        self.sample("\(name)_count", [], Double(histogram.count))
    }

    // MARK: Private

    private mutating func family(
        _ name: String, _ help: String, _ type: String, _ samples: [(labels: [Label], value: Double)]
    ) {
        guard !samples.isEmpty else { return }
        self.head(name, help, type)
        for sample in samples { self.sample(name, sample.labels, sample.value) }
    }

    private mutating func head(_ name: String, _ help: String, _ type: String) {
        self.text += "# HELP \(name) \(Self.escaped(help, quotes: false))\n# TYPE \(name) \(type)\n"
    }

    private mutating func sample(_ name: String, _ labels: [Label], _ value: Double) {
        self.text += name
        if !labels.isEmpty {
            let pairs = labels.map { "\($0.name)=\"\(Self.escaped($0.value, quotes: true))\"" }
            self.text += "{\(pairs.joined(separator: ","))}"
        }
        self.text += " \(Self.number(value))\n"
    }

    /// Whole numbers without a fraction, as people expect of counters.
    private static func number(_ value: Double) -> String {
        if let whole = Int64(exactly: value) { return "\(whole)" }
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return "\(value)"
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            case let other: result.unicodeScalars.append(other)
            }
        }
        return result
    }
}

extension Duration {
    var inSeconds: Double {
        let (seconds, attoseconds) = self.components
        // One division of a whole number, so that 3.53 is not written as 3.5300000000000002.
        return Double(seconds &* 1_000_000_000 &+ attoseconds / 1_000_000_000) / 1e9
    }
}
