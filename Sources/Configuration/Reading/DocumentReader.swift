/// From the root of a document to its broker: what stands around it, and what stands alone.
///
/// - `<beans>` with one `<broker>` within it, as ActiveMQ's own files are. Placeholders are resolved whether or not
///   there is a bean of Spring's for it; where there is one, the property files that it names give values too. Other
///   beans and imports have no effect, and each is reported.
/// - `<broker>` alone.
/// - A part of a broker alone, such as `<persistenceAdapter>`: a snippet. The broker around it is added.
struct DocumentReader {
    private var checker: SchemaChecker
    private let properties: (String) -> [UInt8]?

    /// - Parameter properties: the content of a property file; nil where there is none.
    init(file: String, schema: Schema, placeholders: Placeholders, properties: @escaping (String) -> [UInt8]?) {
        self.checker = SchemaChecker(file: file, schema: schema, placeholders: placeholders)
        self.properties = properties
    }

    /// The broker, nil where there is none; and everything found wrong or worth saying.
    mutating func read(_ root: XMLElement) -> (broker: ConfiguredElement?, diagnostics: Diagnostics) {
        let broker = self.broker(of: root)
        return (broker, self.checker.diagnostics)
    }

    private mutating func broker(of root: XMLElement) -> ConfiguredElement? {
        switch root.name.local {
        case "beans": return self.broker(amongst: root)
        case "broker", "brokerService": return self.checker.element(root)
        case let name where self.checker.schema.elements["broker"]?.parts[name] != nil:
            let around = XMLElement(
                name: XMLName(prefix: "", local: "broker", namespace: root.name.namespace), attributes: [],
                children: [.element(root)], position: root.position)
            return self.checker.element(around)
        case let name:
            let parts = self.checker.schema.elements["broker"]?.parts.keys.map { $0 } ?? []
            let nearest = NearestName.to(name, among: ["beans", "broker"] + parts)
            self.checker.diagnostics.error(
                root.position,
                "<\(name)> is no configuration of a broker: the file begins with <beans> or <broker>"
                    + SchemaChecker.question(nearest))
            return nil
        }
    }

    private mutating func broker(amongst root: XMLElement) -> ConfiguredElement? {
        for element in root.elements where Self.isPlaceholderBean(element) { self.readProperties(of: element) }
        var found: XMLElement?
        for element in root.elements where !Self.isPlaceholderBean(element) {
            if element.name.local == "broker" || element.name.local == "brokerService" {
                if let found {
                    self.checker.diagnostics.error(
                        element.position, "a second broker; the first is in line \(found.position.line)")
                } else {
                    found = element
                }
            } else {
                self.other(element)
            }
        }
        guard let found else {
            self.checker.diagnostics.error(root.position, "<beans> holds no <broker>")
            return nil
        }
        return self.checker.element(found)
    }

    // MARK: Property files

    private static func isPlaceholderBean(_ element: XMLElement) -> Bool {
        let type = element.attributes.first { $0.name.local == "class" }?.value
        return element.name.local == "property-placeholder"
            || element.name.local == "bean" && type?.contains("Placeholder") == true
    }

    /// As in Spring, what the files say comes before definitions and environment.
    private mutating func readProperties(of bean: XMLElement) {
        for location in SpringLocations.named(in: bean) {
            let path: String
            do throws(Placeholders.Failure) {
                path = Self.path(try self.checker.placeholders.resolve(location))
            } catch {
                self.checker.diagnostics.error(bean.position, "the property file \(location): \(error)")
                continue
            }
            if let bytes = self.properties(path) {
                self.checker.placeholders.add(PropertyFile.read(bytes))
            } else {
                self.checker.diagnostics.warning(
                    bean.position,
                    "the property file \(path) cannot be read: values that are missing can be given with -DNAME=VALUE "
                        + "or in the environment")
            }
        }
    }

    private static func path(_ location: String) -> String {
        guard location.hasPrefix("file:") else { return location }
        let path = location.dropFirst("file:".count)
        return path.hasPrefix("///") ? String(path.dropFirst(2)) : String(path)
    }

    /// What stands beside the broker.
    private mutating func other(_ element: XMLElement) {
        func value(_ name: String) -> String? { element.attributes.first { $0.name.local == name }?.value }
        let name = element.name.local
        switch name {
        case "description": break
        case "bean":
            let what = value("id") ?? value("name") ?? value("class") ?? "without a name"
            self.checker.diagnostics.warning(element.position, "the Spring bean \(what) has no effect")
        case "import":
            self.checker.diagnostics.warning(
                element.position, "the import of \(value("resource") ?? "another file") has no effect: it is not read")
        default:
            if Namespaces.isActiveMQ(element.name.namespace) {
                guard self.checker.element(element) != nil else { return }
                self.checker.diagnostics.warning(
                    element.position, "<\(name)> beside the broker has no effect: it belongs to clients")
            } else {
                self.checker.diagnostics.warning(element.position, "<\(element.name)> has no effect")
            }
        }
    }
}

/// Which property files a placeholder bean of Spring's names.
private enum SpringLocations {
    static func named(in element: XMLElement) -> [String] {
        var names: [String] = []
        for attribute in element.attributes where attribute.name.local == "location" {
            names += attribute.value.split(separator: ",").map { String($0) }
        }
        for property in element.elements where property.name.local == "property" {
            let name = property.attributes.first { $0.name.local == "name" }?.value
            guard name == "location" || name == "locations" else { continue }
            for attribute in property.attributes where attribute.name.local == "value" { names.append(attribute.value) }
            self.collect(property, into: &names)
        }
        return names
    }

    private static func collect(_ element: XMLElement, into names: inout [String]) {
        for inner in element.elements {
            if inner.name.local == "value", let text = inner.onlyText { names.append(text) }
            self.collect(inner, into: &names)
        }
    }
}
