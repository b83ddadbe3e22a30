/// The namespaces that a file of ActiveMQ's can contain.
enum Namespaces {
    static let beans = "http://www.springframework.org/schema/beans"
    static let context = "http://www.springframework.org/schema/context"

    /// ActiveMQ's own, in all its versions, and none at all, as in snippets.
    static func isActiveMQ(_ namespace: String) -> Bool {
        namespace.isEmpty || namespace.hasPrefix("http://activemq.apache.org/")
            || namespace.hasPrefix("http://activemq.org/")
    }
}
